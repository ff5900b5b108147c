#!/usr/bin/env bash
# One refresh and one build on a cluster. Every executor needs the Python of constraints.txt (--archives, or an image).
#
#   python3 dev.py package
#   MASTER=yarn PLATEIA_ENVIRONMENT=production deploy/spark-submit.sh
#
# configs/ and expectations/ stand where this is started; the environment's lake is a URI that all machines reach.
set -euo pipefail

master=${MASTER:-yarn}
environment=${PLATEIA_ENVIRONMENT:-production}
as_of=${AS_OF:+--as-of "$AS_OF"}

submit() {
  local job=$1
  shift
  # Delta's jar must be named here: under spark-submit the JVM is up before Plateia's own code.
  # shellcheck disable=SC2086 # an empty as_of is no word at all
  spark-submit \
    --master "$master" \
    --packages io.delta:delta-spark_4.2_2.13:4.4.0 \
    --conf spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension \
    --conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog \
    --py-files dist/plateia.zip \
    "jobs/$job.py" --environment "$environment" --log-format json $as_of "$@"
}

# Exit 3 means that something was held back and the rest is published: the build goes on with what is there.
submit refresh_warehouse || [ $? -eq 3 ]
submit build_audiences "$@"
