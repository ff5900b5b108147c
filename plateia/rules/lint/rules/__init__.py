"""The rules of the lint, one a file: each is given an audience, judged, and yields what there is to say."""
