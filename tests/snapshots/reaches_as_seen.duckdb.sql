WITH "places" AS (
  SELECT
    "e"."identity_key" AS "identity_key",
    "e"."order_key" AS "order_key",
    "e"."received_at" AS "received_at",
    COALESCE((
      TRUE
    ), FALSE) AS "matches",
    COALESCE(FALSE, FALSE) AS "stops"
  FROM "events" AS "e"
  WHERE
    (
      (
        TRUE
      )
      AND (
        "e"."name" = 'Product Viewed'
      )
      AND (
        "e"."ts" <= CAST($hi AS BIGINT)
      )
      AND (
        (
          (
            CAST($lo AS BIGINT) - LEAST(CAST($max_lateness AS BIGINT), 2305843009213693952)
          ) - 172800000000
        ) < "e"."ts"
      )
      AND (
        "e"."received_at" <= CAST($hi AS BIGINT)
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
    )
), "kin" AS (
  SELECT
    "l"."from_key" AS "from_key",
    MIN("l"."to_key") AS "low",
    MAX("l"."to_key") AS "high",
    COUNT(*) AS "entries",
    COUNT("l"."to_key") AS "links",
    MIN("l"."ts") AS "first_at",
    MAX(GREATEST("l"."ts", "l"."received_at")) AS "settled_at"
  FROM "links" AS "l"
  GROUP BY
    1
), "grouped" AS (
  SELECT
    "s"."identity_key" AS "identity_key",
    "s"."order_key" AS "order_key",
    "s"."received_at" AS "received_at",
    "s"."matches" AS "matches",
    COALESCE("g"."low", "s"."identity_key") AS "group_key"
  FROM "places" AS "s"
  LEFT JOIN "kin" AS "g"
    ON (
      "g"."from_key" = "s"."identity_key"
    )
), "sorted" AS (
  SELECT
    "s"."identity_key" AS "identity_key",
    "s"."order_key" AS "order_key",
    "s"."received_at" AS "received_at",
    "s"."group_key" AS "group_key",
    LAG(
      "s"."order_key",
      1,
      (
        GREATEST(LEAST((
          -4611686018427387904
        ), 9007199254740991), (
          -9007199254740991
        )) * 1024
      )
    ) OVER (PARTITION BY "group_key" ORDER BY "order_key" ASC) AS "previous_order",
    LAG(
      "s"."order_key",
      2,
      (
        GREATEST(LEAST((
          -4611686018427387904
        ), 9007199254740991), (
          -9007199254740991
        )) * 1024
      )
    ) OVER (PARTITION BY "group_key" ORDER BY "order_key" ASC) AS "nth_order",
    LAG(
      "s"."order_key",
      3,
      (
        GREATEST(LEAST((
          -4611686018427387904
        ), 9007199254740991), (
          -9007199254740991
        )) * 1024
      )
    ) OVER (PARTITION BY "group_key" ORDER BY "order_key" ASC) AS "before_order",
    (
      (
        LAG("s"."identity_key", 1, "s"."identity_key") OVER (PARTITION BY "group_key" ORDER BY "order_key" ASC) = "s"."identity_key"
      )
      AND (
        LAG("s"."identity_key", 2, "s"."identity_key") OVER (PARTITION BY "group_key" ORDER BY "order_key" ASC) = "s"."identity_key"
      )
      AND (
        LAG("s"."identity_key", 3, "s"."identity_key") OVER (PARTITION BY "group_key" ORDER BY "order_key" ASC) = "s"."identity_key"
      )
    ) AS "is_alone",
    MAX("s"."received_at") OVER (
      PARTITION BY "group_key"
      ORDER BY "order_key" ASC
      ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING
    ) AS "last_received_at"
  FROM "grouped" AS "s"
), "preceded" AS (
  SELECT
    "s"."identity_key" AS "identity_key",
    "s"."order_key" AS "order_key",
    "s"."received_at" AS "received_at",
    "s"."group_key" AS "group_key",
    "s"."is_alone" AS "is_alone",
    "s"."last_received_at" AS "last_received_at",
    (
      "s"."order_key" >> 10
    ) AS "ts",
    CASE
      WHEN (
        (
          GREATEST(LEAST((
            -4611686018427387904
          ), 9007199254740991), (
            -9007199254740991
          )) * 1024
        ) < "s"."previous_order"
      )
      THEN (
        "s"."previous_order" >> 10
      )
      ELSE (
        -4611686018427387904
      )
    END AS "previous_ts",
    CASE
      WHEN (
        (
          GREATEST(LEAST((
            -4611686018427387904
          ), 9007199254740991), (
            -9007199254740991
          )) * 1024
        ) < "s"."nth_order"
      )
      THEN (
        "s"."nth_order" >> 10
      )
      ELSE (
        -4611686018427387904
      )
    END AS "nth_ts",
    CASE
      WHEN (
        (
          GREATEST(LEAST((
            -4611686018427387904
          ), 9007199254740991), (
            -9007199254740991
          )) * 1024
        ) < "s"."before_order"
      )
      THEN (
        "s"."before_order" >> 10
      )
      ELSE (
        -4611686018427387904
      )
    END AS "before_ts"
  FROM "sorted" AS "s"
), "contested" AS (
  SELECT DISTINCT
    "l"."to_key" AS "group_key"
  FROM "links" AS "l"
  SEMI JOIN "kin" AS "s"
    ON (
      (
        "s"."from_key" = "l"."from_key"
      )
      AND (
        (
          "s"."low" < "s"."high"
        ) OR (
          "s"."links" < "s"."entries"
        )
      )
    )
  WHERE
    (
      NOT "l"."to_key" IS NULL
    )
), "enough" AS (
  SELECT
    "p"."identity_key" AS "identity_key",
    "p"."order_key" AS "order_key",
    "p"."ts" AS "ts",
    "p"."group_key" AS "group_key",
    "p"."previous_ts" AS "previous_ts",
    "p"."nth_ts" AS "nth_ts",
    "p"."before_ts" AS "before_ts",
    "p"."is_alone" AS "is_alone",
    "p"."received_at" AS "received_at",
    "p"."last_received_at" AS "last_received_at",
    (
      NOT "c"."group_key" IS NULL
    ) AS "is_contested"
  FROM "preceded" AS "p"
  LEFT JOIN "contested" AS "c"
    ON (
      "c"."group_key" = "p"."group_key"
    )
  WHERE
    (
      (
        (
          (
            -4611686018427387904
          ) < "p"."nth_ts"
        )
        AND (
          (
            "p"."ts" - 86400000000
          ) < "p"."nth_ts"
        )
      )
      OR (
        NOT "c"."group_key" IS NULL
      )
    )
), "settlements" AS (
  SELECT
    "l"."to_key" AS "group_key",
    MAX(GREATEST("l"."ts", "l"."received_at")) AS "settled_at"
  FROM "links" AS "l"
  WHERE
    (
      NOT "l"."to_key" IS NULL
    )
  GROUP BY
    1
), "judged" AS (
  SELECT
    "p"."identity_key" AS "identity_key",
    "p"."order_key" AS "order_key",
    "p"."ts" AS "ts",
    "p"."group_key" AS "group_key",
    "p"."previous_ts" AS "previous_ts",
    "p"."nth_ts" AS "nth_ts",
    "p"."before_ts" AS "before_ts",
    "p"."received_at" AS "received_at",
    (
      (
        NOT (
          "p"."is_contested"
        )
      )
      AND (
        "p"."is_alone" OR COALESCE((
          "l"."settled_at" <= "p"."ts"
        ), TRUE)
      )
      AND COALESCE((
        "p"."last_received_at" <= GREATEST("p"."ts", "p"."received_at")
      ), TRUE)
    ) AS "is_clear"
  FROM "enough" AS "p"
  LEFT JOIN "settlements" AS "l"
    ON (
      "l"."group_key" = "p"."group_key"
    )
), "sure" AS (
  SELECT
    "j"."identity_key" AS "identity_key",
    "j"."order_key" AS "order_key",
    "j"."ts" AS "at",
    GREATEST("j"."ts", "j"."received_at") AS "acted_at",
    GREATEST("j"."ts", "j"."received_at") AS "seen"
  FROM "judged" AS "j"
  WHERE
    (
      "j"."is_clear"
      AND (
        (
          CAST($lo AS BIGINT) < GREATEST("j"."ts", "j"."received_at")
        )
        AND (
          GREATEST("j"."ts", "j"."received_at") <= CAST($hi AS BIGINT)
        )
      )
      AND (
        (
          "j"."received_at" - "j"."ts"
        ) <= CAST($max_lateness AS BIGINT)
      )
      AND (
        (
          (
            -4611686018427387904
          ) < "j"."nth_ts"
        )
        AND (
          (
            "j"."ts" - 86400000000
          ) < "j"."nth_ts"
        )
      )
      AND (
        NOT (
          (
            (
              (
                -4611686018427387904
              ) < "j"."before_ts"
            )
            AND (
              (
                "j"."previous_ts" - 86400000000
              ) < "j"."before_ts"
            )
          )
        )
      )
    )
), "sure_owned" AS (
  SELECT
    "t"."order_key" AS "order_key",
    "t"."at" AS "at",
    "t"."acted_at" AS "acted_at",
    "t"."seen" AS "seen",
    "t"."identity_key" AS "sent_key",
    COALESCE("l"."to_key", "t"."identity_key") AS "identity_key"
  FROM "sure" AS "t"
  LEFT JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "t"."identity_key"
      )
      AND (
        (
          "l"."at_from" <= "t"."at"
        )
        AND (
          "t"."at" < "l"."at_until"
        )
        AND (
          "l"."seen_from" <= "t"."seen"
        )
        AND (
          "t"."seen" < "l"."seen_until"
        )
      )
    )
), "brought" AS (
  SELECT
    0 AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."is_imported" AS "is_imported",
    "f"."identity_key" AS "identity_key",
    "f"."at" AS "at",
    "f"."acted_at" AS "acted_at",
    CAST(NULL AS TEXT) AS "same_value"
  FROM "sure_owned" AS "f"
  INNER JOIN "events" AS "e"
    ON (
      (
        "f"."sent_key" = "e"."identity_key"
      )
      AND (
        "f"."order_key" = "e"."order_key"
      )
    )
  WHERE
    (
      "e"."name" = 'Product Viewed'
    )
), "doubtful" AS (
  SELECT
    "j"."identity_key" AS "identity_key",
    "j"."order_key" AS "order_key"
  FROM "judged" AS "j"
  WHERE
    (
      (
        NOT (
          "j"."is_clear"
        )
      )
      AND (
        (
          (
            CAST($lo AS BIGINT) - LEAST(CAST($max_lateness AS BIGINT), 2305843009213693952)
          ) - 0
        ) < "j"."ts"
      )
    )
), "doubtful_customers" AS (
  SELECT
    "d"."identity_key" AS "identity_key"
  FROM "doubtful" AS "d"
  UNION
  SELECT
    "l"."to_key" AS "identity_key"
  FROM "doubtful" AS "d"
  INNER JOIN "spans" AS "l"
    ON (
      "l"."from_key" = "d"."identity_key"
    )
), "doubtful_ids" AS (
  SELECT
    "d"."identity_key" AS "kin_key"
  FROM "doubtful_customers" AS "d"
  UNION
  SELECT
    "l"."from_key" AS "kin_key"
  FROM "doubtful_customers" AS "d"
  INNER JOIN "spans" AS "l"
    ON (
      "l"."to_key" = "d"."identity_key"
    )
), "near_doubts" AS (
  SELECT
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    "e"."name" AS "name"
  FROM "events" AS "e"
  SEMI JOIN "doubtful_ids" AS "d"
    ON (
      "d"."kin_key" = "e"."identity_key"
    )
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        "e"."ts" <= CAST($hi AS BIGINT)
      )
      AND (
        (
          (
            CAST($lo AS BIGINT) - LEAST(CAST($max_lateness AS BIGINT), 2305843009213693952)
          ) - 172800000000
        ) < "e"."ts"
      )
      AND (
        "e"."received_at" <= CAST($hi AS BIGINT)
      )
    )
), "stream" AS (
  SELECT
    0 AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    '' AS "same",
    COALESCE((
      "e"."name" = 'Product Viewed'
    ), FALSE) AS "matches",
    COALESCE(FALSE, FALSE) AS "stops"
  FROM "near_doubts" AS "e"
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      ) AND (
        NOT "e"."identity_key" IS NULL
      )
    )
), "doubtful_triggers" AS (
  SELECT
    "s"."which" AS "which",
    "s"."event_id" AS "event_id",
    "s"."line" AS "line",
    "s"."identity_key" AS "identity_key",
    "s"."ts" AS "ts",
    "s"."received_at" AS "received_at",
    "s"."is_imported" AS "is_imported",
    "s"."order_key" AS "order_key",
    "s"."same" AS "same"
  FROM "stream" AS "s"
  SEMI JOIN "doubtful" AS "t"
    ON (
      (
        "t"."identity_key" = "s"."identity_key"
      )
      AND (
        "t"."order_key" = "s"."order_key"
      )
      AND "s"."matches"
    )
), "doubtful_triggers_customers" AS (
  SELECT
    "e"."which" AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    "e"."same" AS "same",
    "e"."identity_key" AS "kin_key"
  FROM "doubtful_triggers" AS "e"
  UNION
  SELECT
    "e"."which" AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    "e"."same" AS "same",
    "l"."to_key" AS "kin_key"
  FROM "doubtful_triggers" AS "e"
  INNER JOIN "links" AS "l"
    ON (
      "l"."from_key" = "e"."identity_key"
    )
  WHERE
    (
      NOT "l"."to_key" IS NULL
    )
), "doubtful_triggers_kin" AS (
  SELECT
    "e"."which" AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    "e"."same" AS "same",
    "e"."kin_key" AS "kin_key"
  FROM "doubtful_triggers_customers" AS "e"
  UNION
  SELECT
    "e"."which" AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    "e"."same" AS "same",
    "l"."from_key" AS "kin_key"
  FROM "doubtful_triggers_customers" AS "e"
  INNER JOIN "links" AS "l"
    ON (
      "l"."to_key" = "e"."kin_key"
    )
  WHERE
    (
      NOT "l"."from_key" IS NULL
    )
), "doubtful_triggers_instants" AS (
  SELECT
    "t"."which" AS "which",
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."identity_key" AS "identity_key",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    "t"."order_key" AS "order_key",
    "t"."same" AS "same",
    "t"."ts" AS "at",
    GREATEST("t"."ts", "t"."received_at") AS "acted_at",
    FALSE AS "is_link"
  FROM "doubtful_triggers" AS "t"
  UNION ALL
  SELECT
    "t"."which" AS "which",
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."identity_key" AS "identity_key",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    "t"."order_key" AS "order_key",
    "t"."same" AS "same",
    "t"."ts" AS "at",
    "x"."received_at" AS "acted_at",
    FALSE AS "is_link"
  FROM "stream" AS "x"
  INNER JOIN "doubtful_triggers_kin" AS "t"
    ON (
      (
        "x"."identity_key" = "t"."kin_key"
      )
      AND (
        "x"."ts" <= "t"."ts"
      )
      AND (
        GREATEST("t"."ts", "t"."received_at") < "x"."received_at"
      )
      AND (
        (
          "t"."ts" - 172800000000
        ) < "x"."ts"
      )
    )
  UNION ALL
  SELECT
    "t"."which" AS "which",
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."identity_key" AS "identity_key",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    "t"."order_key" AS "order_key",
    "t"."same" AS "same",
    "t"."ts" AS "at",
    "x"."received_at" AS "acted_at",
    TRUE AS "is_link"
  FROM "links" AS "x"
  INNER JOIN "doubtful_triggers_kin" AS "t"
    ON (
      (
        "x"."from_key" = "t"."kin_key"
      )
      AND (
        "x"."ts" <= "t"."ts"
      )
      AND (
        GREATEST("t"."ts", "t"."received_at") < "x"."received_at"
      )
    )
  UNION ALL
  SELECT
    "t"."which" AS "which",
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."identity_key" AS "identity_key",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    "t"."order_key" AS "order_key",
    "t"."same" AS "same",
    "t"."ts" AS "at",
    "x"."received_at" AS "acted_at",
    TRUE AS "is_link"
  FROM "links" AS "x"
  INNER JOIN "doubtful_triggers_kin" AS "t"
    ON (
      (
        "x"."to_key" = "t"."kin_key"
      )
      AND (
        "x"."ts" <= "t"."ts"
      )
      AND (
        GREATEST("t"."ts", "t"."received_at") < "x"."received_at"
      )
    )
), "doubtful_triggers_once" AS (
  SELECT
    "e"."which" AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    "e"."same" AS "same",
    "e"."at" AS "at",
    "e"."acted_at" AS "acted_at",
    MAX("e"."is_link") AS "is_link"
  FROM "doubtful_triggers_instants" AS "e"
  GROUP BY
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11
), "doubtful_triggers_timed" AS (
  SELECT
    "e"."which" AS "which",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "ts",
    "e"."received_at" AS "received_at",
    "e"."is_imported" AS "is_imported",
    "e"."order_key" AS "order_key",
    "e"."same" AS "same",
    "e"."at" AS "at",
    "e"."acted_at" AS "acted_at",
    "e"."is_link" AS "is_link",
    "e"."acted_at" AS "seen"
  FROM "doubtful_triggers_once" AS "e"
), "doubtful_triggers_asked" AS (
  SELECT
    "t"."which" AS "which",
    "t"."event_id" AS "event_id",
    "t"."line" AS "line",
    "t"."ts" AS "ts",
    "t"."received_at" AS "received_at",
    "t"."is_imported" AS "is_imported",
    "t"."order_key" AS "order_key",
    "t"."same" AS "same",
    "t"."at" AS "at",
    "t"."acted_at" AS "acted_at",
    "t"."seen" AS "seen",
    "t"."is_link" AS "is_link",
    "t"."identity_key" AS "sent_key",
    COALESCE("l"."to_key", "t"."identity_key") AS "identity_key"
  FROM "doubtful_triggers_timed" AS "t"
  LEFT JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "t"."identity_key"
      )
      AND (
        (
          "l"."at_from" <= "t"."at"
        )
        AND (
          "t"."at" < "l"."at_until"
        )
        AND (
          "l"."seen_from" <= "t"."seen"
        )
        AND (
          "t"."seen" < "l"."seen_until"
        )
      )
    )
), "doubtful_triggers_asked_numbered" AS (
  SELECT
    "a"."which" AS "which",
    "a"."event_id" AS "event_id",
    "a"."line" AS "line",
    "a"."identity_key" AS "identity_key",
    "a"."ts" AS "ts",
    "a"."received_at" AS "received_at",
    "a"."is_imported" AS "is_imported",
    "a"."order_key" AS "order_key",
    "a"."same" AS "same",
    "a"."at" AS "at",
    "a"."acted_at" AS "acted_at",
    "a"."seen" AS "seen",
    "a"."is_link" AS "is_link",
    ROW_NUMBER() OVER (
      ORDER BY "which" ASC, "event_id" ASC, "line" ASC, "received_at" ASC, "acted_at" ASC
    ) AS "question"
  FROM "doubtful_triggers_asked" AS "a"
), "doubtful_triggers_asked_numbered_placed" AS (
  SELECT
    "p"."which" AS "which",
    "p"."event_id" AS "event_id",
    "p"."line" AS "line",
    "p"."identity_key" AS "identity_key",
    "p"."ts" AS "ts",
    "p"."received_at" AS "received_at",
    "p"."is_imported" AS "is_imported",
    "p"."order_key" AS "order_key",
    "p"."same" AS "same",
    "p"."question" AS "question",
    "p"."at" AS "at",
    "p"."acted_at" AS "acted_at",
    "p"."seen" AS "seen",
    "p"."is_link" AS "is_link",
    "p"."order_key" AS "trigger_order"
  FROM "doubtful_triggers_asked_numbered" AS "p"
), "doubtful_triggers_asked_numbered_placed_with_ids" AS (
  SELECT
    "p"."identity_key" AS "source_key",
    "p"."which" AS "which",
    "p"."event_id" AS "event_id",
    "p"."line" AS "line",
    "p"."ts" AS "ts",
    "p"."received_at" AS "received_at",
    "p"."is_imported" AS "is_imported",
    "p"."order_key" AS "order_key",
    "p"."same" AS "same",
    "p"."question" AS "question",
    "p"."at" AS "at",
    "p"."acted_at" AS "acted_at",
    "p"."seen" AS "seen",
    "p"."is_link" AS "is_link",
    "p"."trigger_order" AS "trigger_order"
  FROM "doubtful_triggers_asked_numbered_placed" AS "p"
  ANTI JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "p"."identity_key"
      )
      AND (
        (
          "l"."at_from" <= "p"."at"
        )
        AND (
          "p"."at" < "l"."at_until"
        )
        AND (
          "l"."seen_from" <= "p"."seen"
        )
        AND (
          "p"."seen" < "l"."seen_until"
        )
      )
    )
  UNION ALL
  SELECT
    "l"."from_key" AS "source_key",
    "p"."which" AS "which",
    "p"."event_id" AS "event_id",
    "p"."line" AS "line",
    "p"."ts" AS "ts",
    "p"."received_at" AS "received_at",
    "p"."is_imported" AS "is_imported",
    "p"."order_key" AS "order_key",
    "p"."same" AS "same",
    "p"."question" AS "question",
    "p"."at" AS "at",
    "p"."acted_at" AS "acted_at",
    "p"."seen" AS "seen",
    "p"."is_link" AS "is_link",
    "p"."trigger_order" AS "trigger_order"
  FROM "doubtful_triggers_asked_numbered_placed" AS "p"
  INNER JOIN "spans" AS "l"
    ON (
      (
        "l"."to_key" = "p"."identity_key"
      )
      AND (
        (
          "l"."at_from" <= "p"."at"
        )
        AND (
          "p"."at" < "l"."at_until"
        )
        AND (
          "l"."seen_from" <= "p"."seen"
        )
        AND (
          "p"."seen" < "l"."seen_until"
        )
      )
    )
), "doubtful_triggers_asked_numbered_placed_visible" AS (
  SELECT
    "q"."question" AS "question",
    "q"."which" AS "which",
    "q"."event_id" AS "event_id",
    "q"."line" AS "line",
    "q"."at" AS "at",
    "q"."seen" AS "seen",
    "q"."trigger_order" AS "trigger_order",
    "x"."event_id" AS "x_event_id",
    "x"."line" AS "x_line",
    "x"."ts" AS "x_ts",
    "x"."received_at" AS "x_received_at",
    "x"."order_key" AS "order_key",
    "x"."is_imported" AS "x_is_imported",
    COALESCE("x"."matches", FALSE) AS "matches",
    COALESCE("x"."stops", FALSE) AS "stops"
  FROM "stream" AS "x"
  INNER JOIN "doubtful_triggers_asked_numbered_placed_with_ids" AS "q"
    ON (
      (
        "x"."identity_key" = "q"."source_key"
      )
      AND (
        "x"."ts" <= "q"."at"
      )
      AND (
        "x"."received_at" <= "q"."seen"
      )
      AND (
        (
          "q"."at" - 172800000000
        ) < "x"."ts"
      )
    )
), "doubtful_triggers_asked_numbered_told" AS (
  SELECT
    "x"."question" AS "question",
    "x"."which" AS "which",
    "x"."event_id" AS "event_id",
    "x"."line" AS "line",
    "x"."at" AS "at",
    "x"."seen" AS "seen",
    "x"."trigger_order" AS "trigger_order",
    "x"."x_event_id" AS "x_event_id",
    "x"."x_line" AS "x_line",
    "x"."x_ts" AS "x_ts",
    "x"."x_received_at" AS "x_received_at",
    "x"."matches" AS "matches",
    "x"."order_key" AS "order_key",
    (
      "x"."matches"
      AND (
        (
          "x"."order_key" <= "x"."trigger_order"
        )
        OR (
          (
            "x"."x_event_id" = "x"."event_id"
          ) AND (
            "x"."x_line" = "x"."line"
          )
        )
      )
    ) AS "is_counted",
    (
      "x"."matches"
      AND (
        (
          "x"."x_event_id" = "x"."event_id"
        ) AND (
          "x"."x_line" = "x"."line"
        )
      )
    ) AS "is_trigger"
  FROM "doubtful_triggers_asked_numbered_placed_visible" AS "x"
), "doubtful_triggers_asked_numbered_ranked" AS (
  SELECT
    "v"."question" AS "question",
    "v"."which" AS "which",
    "v"."event_id" AS "event_id",
    "v"."line" AS "line",
    "v"."at" AS "at",
    "v"."seen" AS "seen",
    "v"."trigger_order" AS "trigger_order",
    "v"."x_event_id" AS "x_event_id",
    "v"."x_line" AS "x_line",
    "v"."x_ts" AS "x_ts",
    "v"."x_received_at" AS "x_received_at",
    "v"."matches" AS "matches",
    "v"."order_key" AS "order_key",
    "v"."is_counted" AS "is_counted",
    "v"."is_trigger" AS "is_trigger",
    ROW_NUMBER() OVER (PARTITION BY "question", "is_counted" ORDER BY "order_key" DESC NULLS FIRST) AS "rank"
  FROM "doubtful_triggers_asked_numbered_told" AS "v"
), "doubtful_triggers_asked_numbered_counted" AS (
  SELECT
    "v"."question" AS "question",
    "v"."which" AS "which",
    "v"."at" AS "at",
    COALESCE(
      MAX("v"."x_ts") FILTER(WHERE
        (
          "v"."is_counted" AND (
            "v"."rank" = 2
          )
        )),
      (
        -4611686018427387904
      )
    ) AS "previous_ts",
    COALESCE(
      MAX("v"."x_ts") FILTER(WHERE
        (
          "v"."is_counted" AND (
            "v"."rank" = 3
          )
        )),
      (
        -4611686018427387904
      )
    ) AS "nth_ts",
    COALESCE(
      MAX("v"."x_ts") FILTER(WHERE
        (
          "v"."is_counted" AND (
            "v"."rank" = (
              3 + 1
            )
          )
        )),
      (
        -4611686018427387904
      )
    ) AS "before_ts",
    MIN((
      "v"."x_received_at" - "v"."x_ts"
    )) FILTER(WHERE
      (
        (
          GREATEST("v"."x_ts", "v"."x_received_at") = "v"."seen"
        )
        AND (
          (
            "v"."at" - 172800000000
          ) < "v"."x_ts"
        )
      )) AS "lateness",
    COUNT(*) FILTER(WHERE
      "v"."is_trigger") AS "has_trigger"
  FROM "doubtful_triggers_asked_numbered_ranked" AS "v"
  GROUP BY
    1,
    2,
    3
), "doubtful_triggers_asked_numbered_followed" AS (
  SELECT
    "a"."which" AS "which",
    "a"."event_id" AS "event_id",
    "a"."line" AS "line",
    "a"."is_imported" AS "is_imported",
    "a"."identity_key" AS "identity_key",
    "a"."at" AS "at",
    "a"."acted_at" AS "acted_at",
    CAST(NULL AS TEXT) AS "same_value",
    "a"."is_link" AS "is_link",
    "c"."lateness" AS "lateness"
  FROM "doubtful_triggers_asked_numbered" AS "a"
  INNER JOIN "doubtful_triggers_asked_numbered_counted" AS "c"
    ON (
      "c"."question" = "a"."question"
    )
  WHERE
    (
      (
        0 < "c"."has_trigger"
      )
      AND (
        (
          (
            -4611686018427387904
          ) < "c"."nth_ts"
        )
        AND (
          (
            "c"."at" - 86400000000
          ) < "c"."nth_ts"
        )
      )
      AND (
        NOT (
          (
            (
              (
                -4611686018427387904
              ) < "c"."before_ts"
            )
            AND (
              (
                "c"."previous_ts" - 86400000000
              ) < "c"."before_ts"
            )
          )
        )
      )
    )
), "doubtful_triggers_asked_numbered_followed_ranked" AS (
  SELECT
    "c"."which" AS "which",
    "c"."event_id" AS "event_id",
    "c"."line" AS "line",
    "c"."is_imported" AS "is_imported",
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."acted_at" AS "acted_at",
    "c"."same_value" AS "same_value",
    "c"."lateness" AS "lateness",
    ROW_NUMBER() OVER (PARTITION BY "which", "event_id", "line", "at" ORDER BY "acted_at" ASC) AS "rank"
  FROM "doubtful_triggers_asked_numbered_followed" AS "c"
  WHERE
    (
      "c"."is_link"
      OR (
        NOT "c"."lateness" IS NULL
      )
      OR (
        "c"."acted_at" = "c"."at"
      )
    )
), "doubtful_triggers_asked_numbered_followed_first" AS (
  SELECT
    "f"."which" AS "which",
    "f"."event_id" AS "event_id",
    "f"."line" AS "line",
    "f"."is_imported" AS "is_imported",
    "f"."identity_key" AS "identity_key",
    "f"."at" AS "at",
    "f"."acted_at" AS "acted_at",
    "f"."same_value" AS "same_value"
  FROM "doubtful_triggers_asked_numbered_followed_ranked" AS "f"
  WHERE
    (
      (
        "f"."rank" = 1
      )
      AND (
        (
          CAST($lo AS BIGINT) < "f"."acted_at"
        )
        AND (
          "f"."acted_at" <= CAST($hi AS BIGINT)
        )
      )
      AND (
        (
          "f"."acted_at" = "f"."at"
        )
        OR COALESCE((
          "f"."lateness" <= CAST($max_lateness AS BIGINT)
        ), FALSE)
      )
    )
), "fired" AS (
  SELECT
    "f"."which" AS "which",
    "f"."event_id" AS "event_id",
    "f"."line" AS "line",
    "f"."is_imported" AS "is_imported",
    "f"."identity_key" AS "identity_key",
    "f"."at" AS "at",
    "f"."acted_at" AS "acted_at",
    "f"."same_value" AS "same_value"
  FROM "brought" AS "f"
  UNION ALL
  SELECT
    "f"."which" AS "which",
    "f"."event_id" AS "event_id",
    "f"."line" AS "line",
    "f"."is_imported" AS "is_imported",
    "f"."identity_key" AS "identity_key",
    "f"."at" AS "at",
    "f"."acted_at" AS "acted_at",
    "f"."same_value" AS "same_value"
  FROM "doubtful_triggers_asked_numbered_followed_first" AS "f"
)
SELECT
  "f"."identity_key" AS "identity_key",
  "i"."identity" AS "customer_id",
  "f"."at" AS "at",
  "f"."acted_at" AS "acted_at",
  "f"."event_id" AS "trigger_event_id",
  "f"."line" AS "trigger_line",
  "f"."is_imported" AS "is_imported",
  "f"."same_value" AS "same_value",
  CAST(NULL AS TEXT) AS "old_value",
  CAST(NULL AS TEXT) AS "new_value"
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
  "f"."line",
  "i"."identity"
