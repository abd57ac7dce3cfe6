WITH "stream" AS (
  SELECT
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    COALESCE((
      "e"."name" = 'Product Added'
    ), FALSE) AS "matches",
    (
      "e"."name" = 'Order Completed'
    ) AS "stops"
  FROM "events" AS "e"
  WHERE
    (
      (
        "e"."name" IN ('Order Completed', 'Product Added')
      )
      AND (
        (
          CAST($lo AS BIGINT) - 7200000000
        ) < "e"."ts"
      )
      AND (
        "e"."ts" <= CAST($hi AS BIGINT)
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
    )
), "links_ranked" AS (
  SELECT
    "l"."from_key" AS "from_key",
    "l"."to_key" AS "to_key",
    ROW_NUMBER() OVER (PARTITION BY "from_key" ORDER BY "ts" ASC, "event_id" ASC) AS "rank"
  FROM "links" AS "l"
), "groups" AS (
  SELECT
    "r"."from_key" AS "identity_key",
    "r"."to_key" AS "group_key"
  FROM "links_ranked" AS "r"
  WHERE
    (
      "r"."rank" = 1
    )
), "grouped" AS (
  SELECT
    "s"."event_id" AS "event_id",
    "s"."line" AS "line",
    "s"."identity_key" AS "identity_key",
    "s"."ts" AS "ts",
    "s"."received_at" AS "received_at",
    "s"."is_imported" AS "is_imported",
    "s"."matches" AS "matches",
    COALESCE("g"."group_key", "s"."identity_key") AS "group_key"
  FROM "stream" AS "s"
  LEFT JOIN "groups" AS "g"
    ON (
      "g"."identity_key" = "s"."identity_key"
    )
), "followed" AS (
  SELECT
    "s"."event_id" AS "event_id",
    "s"."line" AS "line",
    "s"."identity_key" AS "identity_key",
    "s"."ts" AS "ts",
    "s"."received_at" AS "received_at",
    "s"."is_imported" AS "is_imported",
    "s"."matches" AS "matches",
    "s"."group_key" AS "group_key",
    LEAD("s"."ts", 1, 4611686018427387904) OVER (PARTITION BY "group_key" ORDER BY "ts" ASC) AS "next_ts",
    LEAD("s"."identity_key", 1, 0) OVER (PARTITION BY "group_key" ORDER BY "ts" ASC) AS "next_key",
    LEAD("s"."received_at", 1, 4611686018427387904) OVER (PARTITION BY "group_key" ORDER BY "ts" ASC) AS "next_received_at",
    LAG("s"."ts", 1, (
      -4611686018427387904
    )) OVER (PARTITION BY "group_key" ORDER BY "ts" ASC) AS "previous_ts"
  FROM "grouped" AS "s"
), "ranged" AS (
  SELECT
    "f"."event_id" AS "event_id",
    "f"."line" AS "line",
    "f"."identity_key" AS "identity_key",
    "f"."ts" AS "ts",
    "f"."received_at" AS "received_at",
    "f"."is_imported" AS "is_imported",
    "f"."group_key" AS "group_key",
    "f"."next_ts" AS "next_ts",
    "f"."previous_ts" AS "previous_ts"
  FROM "followed" AS "f"
  WHERE
    (
      "f"."matches"
      AND (
        CAST($lo AS BIGINT) < (
          "f"."ts" + 7200000000
        )
      )
      AND (
        (
          "f"."ts" + 7200000000
        ) <= CAST($hi AS BIGINT)
      )
      AND (
        NOT (
          (
            (
              "f"."ts" < "f"."next_ts"
            )
            AND (
              "f"."next_ts" <= (
                "f"."ts" + 7200000000
              )
            )
            AND (
              "f"."next_key" = "f"."identity_key"
            )
          )
        )
      )
    )
), "shared" AS (
  SELECT
    "l"."from_key" AS "from_key",
    MIN("l"."to_key") AS "low",
    MAX("l"."to_key") AS "high"
  FROM "links" AS "l"
  GROUP BY
    1
), "contested" AS (
  SELECT DISTINCT
    "l"."to_key" AS "group_key"
  FROM "links" AS "l"
  SEMI JOIN "shared" AS "s"
    ON (
      (
        "s"."from_key" = "l"."from_key"
      ) AND (
        "s"."low" < "s"."high"
      )
    )
), "judged" AS (
  SELECT
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."identity_key" AS "identity_key",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    (
      (
        (
          "t"."ts" + 7200000000
        ) < "t"."next_ts"
      )
      AND (
        "t"."previous_ts" < "t"."ts"
      )
      AND (
        "c"."group_key" IS NULL
      )
    ) AS "is_sure"
  FROM "ranged" AS "t"
  LEFT JOIN "contested" AS "c"
    ON (
      "c"."group_key" = "t"."group_key"
    )
), "sure_timed" AS (
  SELECT
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."identity_key" AS "identity_key",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    (
      "t"."ts" + 7200000000
    ) AS "at",
    (
      "t"."ts" + 7200000000
    ) AS "acted_at",
    4611686018427387904 AS "seen"
  FROM "judged" AS "t"
  WHERE
    "t"."is_sure"
), "linked" AS (
  SELECT
    "l"."from_key" AS "from_key",
    COUNT(*) AS "links"
  FROM "links" AS "l"
  GROUP BY
    1
), "links_in_order" AS (
  SELECT
    "l"."from_key" AS "from_key",
    "l"."to_key" AS "to_key",
    "l"."ts" AS "ts",
    "l"."received_at" AS "received_at",
    COALESCE(
      MIN("l"."received_at") OVER (
        PARTITION BY "from_key"
        ORDER BY "ts" ASC, "event_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ),
      9223372036854775807
    ) AS "superseded_at"
  FROM "links" AS "l"
  SEMI JOIN "linked" AS "k"
    ON (
      (
        "k"."from_key" = "l"."from_key"
      ) AND (
        1 < "k"."links"
      )
    )
), "spans" AS (
  SELECT
    "l"."from_key" AS "from_key",
    "l"."to_key" AS "to_key",
    "l"."ts" AS "ts",
    "l"."received_at" AS "received_at",
    "l"."superseded_at" AS "superseded_at"
  FROM "links_in_order" AS "l"
  WHERE
    (
      "l"."received_at" < "l"."superseded_at"
    )
  UNION ALL
  SELECT
    "l"."from_key" AS "from_key",
    "l"."to_key" AS "to_key",
    "l"."ts" AS "ts",
    "l"."received_at" AS "received_at",
    9223372036854775807 AS "superseded_at"
  FROM "links" AS "l"
  SEMI JOIN "linked" AS "k"
    ON (
      (
        "k"."from_key" = "l"."from_key"
      ) AND (
        1 = "k"."links"
      )
    )
), "sure" AS (
  SELECT
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    "t"."at" AS "at",
    "t"."acted_at" AS "acted_at",
    "t"."seen" AS "seen",
    "t"."identity_key" AS "sent_key",
    COALESCE("l"."to_key", "t"."identity_key") AS "identity_key"
  FROM "sure_timed" AS "t"
  LEFT JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "t"."identity_key"
      )
      AND (
        (
          "l"."ts" <= "t"."at"
        )
        AND (
          "l"."received_at" <= "t"."seen"
        )
        AND (
          "t"."seen" < "l"."superseded_at"
        )
      )
    )
), "doubtful_timed" AS (
  SELECT
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."identity_key" AS "identity_key",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    (
      "t"."ts" + 7200000000
    ) AS "at",
    (
      "t"."ts" + 7200000000
    ) AS "acted_at",
    4611686018427387904 AS "seen"
  FROM "judged" AS "t"
  WHERE
    (
      NOT (
        "t"."is_sure"
      )
    )
), "doubtful" AS (
  SELECT
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    "t"."at" AS "at",
    "t"."acted_at" AS "acted_at",
    "t"."seen" AS "seen",
    "t"."identity_key" AS "sent_key",
    COALESCE("l"."to_key", "t"."identity_key") AS "identity_key"
  FROM "doubtful_timed" AS "t"
  LEFT JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "t"."identity_key"
      )
      AND (
        (
          "l"."ts" <= "t"."at"
        )
        AND (
          "l"."received_at" <= "t"."seen"
        )
        AND (
          "t"."seen" < "l"."superseded_at"
        )
      )
    )
), "doubtful_with_ids" AS (
  SELECT
    "p"."identity_key" AS "source_key",
    "p"."event_id" AS "event_id",
    "p"."line" AS "line",
    "p"."ts" AS "ts",
    "p"."received_at" AS "received_at",
    "p"."is_imported" AS "is_imported",
    "p"."at" AS "at",
    "p"."acted_at" AS "acted_at",
    "p"."seen" AS "seen"
  FROM "doubtful" AS "p"
  ANTI JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "p"."identity_key"
      )
      AND (
        (
          "l"."ts" <= "p"."at"
        )
        AND (
          "l"."received_at" <= "p"."seen"
        )
        AND (
          "p"."seen" < "l"."superseded_at"
        )
      )
    )
  UNION ALL
  SELECT
    "l"."from_key" AS "source_key",
    "p"."event_id" AS "event_id",
    "p"."line" AS "line",
    "p"."ts" AS "ts",
    "p"."received_at" AS "received_at",
    "p"."is_imported" AS "is_imported",
    "p"."at" AS "at",
    "p"."acted_at" AS "acted_at",
    "p"."seen" AS "seen"
  FROM "doubtful" AS "p"
  INNER JOIN "spans" AS "l"
    ON (
      (
        "l"."to_key" = "p"."identity_key"
      )
      AND (
        (
          "l"."ts" <= "p"."at"
        )
        AND (
          "l"."received_at" <= "p"."seen"
        )
        AND (
          "p"."seen" < "l"."superseded_at"
        )
      )
    )
), "doubtful_stopped" AS (
  SELECT DISTINCT
    "a"."event_id" AS "event_id",
    "a"."line" AS "line"
  FROM "stream" AS "x"
  INNER JOIN "doubtful_with_ids" AS "a"
    ON (
      (
        "x"."identity_key" = "a"."source_key"
      )
      AND (
        "a"."ts" <= "x"."ts"
      )
      AND (
        "x"."ts" <= "a"."at"
      )
      AND (
        "x"."received_at" <= "a"."seen"
      )
      AND (
        (
          "x"."stops"
          AND (
            (
              "x"."event_id" <> "a"."event_id"
            ) OR (
              "x"."line" <> "a"."line"
            )
          )
        )
        OR (
          "x"."matches"
          AND (
            (
              "a"."ts" < "x"."ts"
            )
            OR (
              (
                "a"."ts" = "x"."ts"
              )
              AND (
                (
                  (
                    0 < "x"."line"
                  ) AND (
                    NOT (
                      (
                        0 < "a"."line"
                      )
                    )
                  )
                )
                OR (
                  (
                    (
                      0 < "x"."line"
                    ) = (
                      0 < "a"."line"
                    )
                  )
                  AND (
                    (
                      "a"."event_id" < "x"."event_id"
                    )
                    OR (
                      (
                        "a"."event_id" = "x"."event_id"
                      ) AND (
                        "a"."line" < "x"."line"
                      )
                    )
                  )
                )
              )
            )
          )
        )
      )
    )
), "doubtful_fired" AS (
  SELECT
    "a"."event_id" AS "event_id",
    "a"."line" AS "line",
    "a"."is_imported" AS "is_imported",
    "a"."identity_key" AS "identity_key",
    "a"."at" AS "at",
    "a"."acted_at" AS "acted_at",
    CAST(NULL AS TEXT) AS "same_value"
  FROM "doubtful" AS "a"
  ANTI JOIN "doubtful_stopped" AS "s"
    ON (
      (
        "s"."event_id" = "a"."event_id"
      ) AND (
        "s"."line" = "a"."line"
      )
    )
), "fired" AS (
  SELECT
    "f"."event_id" AS "event_id",
    "f"."line" AS "line",
    "f"."is_imported" AS "is_imported",
    "f"."identity_key" AS "identity_key",
    "f"."at" AS "at",
    "f"."acted_at" AS "acted_at",
    CAST(NULL AS TEXT) AS "same_value"
  FROM "sure" AS "f"
  UNION ALL
  SELECT
    "f"."event_id" AS "event_id",
    "f"."line" AS "line",
    "f"."is_imported" AS "is_imported",
    "f"."identity_key" AS "identity_key",
    "f"."at" AS "at",
    "f"."acted_at" AS "acted_at",
    "f"."same_value" AS "same_value"
  FROM "doubtful_fired" AS "f"
)
SELECT
  "f"."identity_key" AS "identity_key",
  "i"."identity" AS "customer_id",
  "f"."at" AS "at",
  "f"."acted_at" AS "acted_at",
  "f"."event_id" AS "trigger_event_id",
  "f"."line" AS "trigger_line",
  "f"."is_imported" AS "is_imported",
  "f"."same_value" AS "same_value"
FROM "fired" AS "f"
INNER JOIN "identities" AS "i"
  ON (
    "i"."identity_key" = "f"."identity_key"
  )
ORDER BY
  "f"."acted_at",
  "f"."at",
  (
    0 < "f"."line"
  ),
  "f"."event_id",
  "f"."line"
