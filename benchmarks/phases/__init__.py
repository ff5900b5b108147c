"""The phases of a benchmark of audiences: the bare kernel, the Spark job, the published run, rivals, the day."""
