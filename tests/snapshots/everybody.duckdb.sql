WITH "owners" AS (
  SELECT
    "l"."from_key" AS "identity_key",
    "l"."to_key" AS "owner"
  FROM "spans" AS "l"
  WHERE
    (
      (
        "l"."at_from" <= CAST($at AS BIGINT)
      )
      AND (
        CAST($at AS BIGINT) < "l"."at_until"
      )
      AND (
        "l"."seen_from" <= CAST($seen AS BIGINT)
      )
      AND (
        CAST($seen AS BIGINT) < "l"."seen_until"
      )
    )
), "present" AS (
  SELECT
    "e"."identity_key" AS "identity_key"
  FROM "events" AS "e"
  WHERE
    (
      (
        "e"."ts" <= CAST($at AS BIGINT)
      )
      AND (
        "e"."received_at" <= CAST($seen AS BIGINT)
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
    )
  UNION
  SELECT
    "e"."identity_key" AS "identity_key"
  FROM "traits" AS "e"
  WHERE
    (
      (
        "e"."ts" <= CAST($at AS BIGINT)
      )
      AND (
        "e"."received_at" <= CAST($seen AS BIGINT)
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
    )
), "customers" AS (
  SELECT DISTINCT
    COALESCE("o"."owner", "p"."identity_key") AS "pair"
  FROM "present" AS "p"
  LEFT JOIN "owners" AS "o"
    ON (
      "o"."identity_key" = "p"."identity_key"
    )
), "scan_0" AS (
  SELECT
    COALESCE("o"."owner", "e"."identity_key") AS "pair",
    COUNT(*) AS "measure_0"
  FROM "events" AS "e"
  LEFT JOIN "owners" AS "o"
    ON (
      "o"."identity_key" = "e"."identity_key"
    )
  WHERE
    (
      (
        "e"."name" = 'Order Completed'
      )
      AND (
        "e"."ts" <= CAST($at AS BIGINT)
      )
      AND (
        "e"."received_at" <= CAST($seen AS BIGINT)
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
      AND (
        (
          CAST($at AS BIGINT) - 7776000000000
        ) < "e"."ts"
      )
    )
  GROUP BY
    1
), "latest_traits" AS (
  SELECT
    COALESCE("o"."owner", "t"."identity_key") AS "pair",
    ARG_MAX("t"."value", ROW("t"."ts", "t"."event_id")) FILTER(WHERE
      (
        "t"."name" = 'country'
      )) AS "trait_0"
  FROM "traits" AS "t"
  LEFT JOIN "owners" AS "o"
    ON (
      "o"."identity_key" = "t"."identity_key"
    )
  WHERE
    (
      (
        "t"."name" IN ('country')
      )
      AND (
        "t"."ts" <= CAST($at AS BIGINT)
      )
      AND (
        "t"."received_at" <= CAST($seen AS BIGINT)
      )
      AND (
        NOT "t"."identity_key" IS NULL
      )
    )
  GROUP BY
    1
), "customers_read" AS (
  SELECT
    "k".*,
    "scan_0"."measure_0" AS "measure_0",
    "latest_traits"."trait_0" AS "trait_0"
  FROM "customers" AS "k"
  LEFT JOIN "scan_0" AS "scan_0"
    ON (
      "scan_0"."pair" = "k"."pair"
    )
  LEFT JOIN "latest_traits" AS "latest_traits"
    ON (
      "latest_traits"."pair" = "k"."pair"
    )
)
SELECT
  "i"."identity" AS "customer_id",
  (
    COALESCE((
      3 <= COALESCE("v"."measure_0", 0)
    ), FALSE)
    AND COALESCE(
      (
        CASE
          WHEN (
            JSON_TYPE("v"."trait_0") = 'VARCHAR'
          )
          THEN "v"."trait_0" ->> '$'
          ELSE NULL
        END = 'US'
      ),
      FALSE
    )
  ) AS "vip"
FROM "customers_read" AS "v"
INNER JOIN "identities" AS "i"
  ON (
    "i"."identity_key" = "v"."pair"
  )
ORDER BY
  "customer_id"
