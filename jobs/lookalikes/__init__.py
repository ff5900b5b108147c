"""What train-lookalikes and score-lookalikes share: who, on which sites, against which files."""
