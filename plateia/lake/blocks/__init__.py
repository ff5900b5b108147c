"""What workers read and write of one block of people; no Spark, no Delta log."""
