WITH "timeline_0_spans" AS (
  SELECT
    "l"."from_key" AS "from_key",
    MIN("l"."to_key") AS "to_key",
    COUNT(*) AS "spans",
    COUNT(*) FILTER(WHERE
      (
        "l"."at_until" < 9223372036854775807
      )) AS "ends",
    ARG_MIN("l"."at_from", "l"."seen_from") AS "at_from",
    MIN("l"."seen_from") AS "seen_from"
  FROM "spans" AS "l"
  WHERE
    (
      (
        "l"."seen_from" <= 4611686018427387904
      )
      AND (
        4611686018427387904 < "l"."seen_until"
      )
    )
  GROUP BY
    1
), "timeline_0_unclear" AS (
  SELECT
    "s"."from_key" AS "source_key"
  FROM "timeline_0_spans" AS "s"
  WHERE
    (
      (
        1 < "s"."spans"
      ) OR (
        0 < "s"."ends"
      )
    )
), "timeline_0_doubted" AS (
  SELECT
    "u"."source_key" AS "identity_key"
  FROM "timeline_0_unclear" AS "u"
  UNION
  SELECT
    "l"."to_key" AS "identity_key"
  FROM "timeline_0_unclear" AS "u"
  INNER JOIN "spans" AS "l"
    ON (
      "l"."from_key" = "u"."source_key"
    )
), "timeline_0_deltas" AS (
  SELECT
    "e"."identity_key" AS "identity_key",
    "e"."ts" AS "at",
    CASE
      WHEN (
        (
          "e"."name" = 'Product Viewed'
        ) AND (
          NOT "e"."identity_key" IS NULL
        )
      )
      THEN "e"."order_key"
      ELSE CAST(NULL AS BIGINT)
    END AS "cause",
    1 AS "measure_0"
  FROM "events" AS "e"
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
      AND (
        "e"."ts" <= CAST($hi AS BIGINT)
      )
    )
  UNION ALL
  SELECT
    "l"."to_key" AS "identity_key",
    GREATEST("e"."ts", "l"."at_from") AS "at",
    CASE
      WHEN (
        NOT (
          (
            "e"."ts" < "l"."at_from"
          )
        )
      )
      THEN CASE
        WHEN (
          (
            "e"."name" = 'Product Viewed'
          ) AND (
            NOT "e"."identity_key" IS NULL
          )
        )
        THEN "e"."order_key"
        ELSE CAST(NULL AS BIGINT)
      END
      ELSE CAST(NULL AS BIGINT)
    END AS "cause",
    1 AS "measure_0"
  FROM "events" AS "e"
  INNER JOIN "timeline_0_spans" AS "l"
    ON (
      "l"."from_key" = "e"."identity_key"
    )
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
      AND (
        "e"."ts" <= CAST($hi AS BIGINT)
      )
      AND (
        "l"."at_from" < (
          "e"."ts" + 2592000000000
        )
      )
    )
  UNION ALL
  SELECT
    "e"."identity_key" AS "identity_key",
    (
      "e"."ts" + 2592000000000
    ) AS "at",
    CAST(NULL AS BIGINT) AS "cause",
    (
      0 - 1
    ) AS "measure_0"
  FROM "events" AS "e"
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
      AND (
        (
          "e"."ts" + 2592000000000
        ) <= CAST($hi AS BIGINT)
      )
    )
  UNION ALL
  SELECT
    "l"."to_key" AS "identity_key",
    GREATEST((
      "e"."ts" + 2592000000000
    ), "l"."at_from") AS "at",
    CAST(NULL AS BIGINT) AS "cause",
    (
      0 - 1
    ) AS "measure_0"
  FROM "events" AS "e"
  INNER JOIN "timeline_0_spans" AS "l"
    ON (
      "l"."from_key" = "e"."identity_key"
    )
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
      AND (
        (
          "e"."ts" + 2592000000000
        ) <= CAST($hi AS BIGINT)
      )
      AND (
        "l"."at_from" < (
          "e"."ts" + 2592000000000
        )
      )
      AND (
        "l"."at_from" < (
          "e"."ts" + 2592000000000
        )
      )
    )
  UNION ALL
  SELECT
    "l"."from_key" AS "identity_key",
    "l"."at_from" AS "at",
    CAST(NULL AS BIGINT) AS "cause",
    NULL AS "measure_0"
  FROM "timeline_0_spans" AS "l"
  WHERE
    (
      "l"."at_from" <= CAST($hi AS BIGINT)
    )
), "timeline_0_moving" AS (
  SELECT
    "d"."identity_key" AS "identity_key",
    "d"."at" AS "known_at",
    "d"."cause" AS "cause",
    "d"."measure_0" AS "measure_0"
  FROM "timeline_0_deltas" AS "d"
  ANTI JOIN "timeline_0_doubted" AS "x"
    ON (
      "x"."identity_key" = "d"."identity_key"
    )
), "timeline_0_running" AS (
  SELECT
    "m"."identity_key" AS "identity_key",
    "m"."known_at" AS "known_at",
    "m"."cause" AS "cause",
    COALESCE((
      "l"."at_from" <= "m"."known_at"
    ), FALSE) AS "has_left",
    COALESCE((
      "l"."at_from" < "m"."known_at"
    ), FALSE) AS "had_left",
    (
      LAG("m"."known_at", 1, (
        -9223372036854775807
      )) OVER (PARTITION BY "identity_key" ORDER BY "known_at" ASC) < "m"."known_at"
    ) AS "is_first",
    (
      "m"."known_at" < LEAD("m"."known_at", 1, 9223372036854775807) OVER (PARTITION BY "identity_key" ORDER BY "known_at" ASC)
    ) AS "is_last",
    CAST(SUM(CAST("m"."measure_0" AS DOUBLE)) OVER (
      PARTITION BY "identity_key"
      ORDER BY "known_at" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS BIGINT) AS "measure_0",
    CAST((
      SUM(CAST("m"."measure_0" AS DOUBLE)) OVER (
        PARTITION BY "identity_key"
        ORDER BY "known_at" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - COALESCE("m"."measure_0", 0)
    ) AS BIGINT) AS "was_measure_0"
  FROM "timeline_0_moving" AS "m"
  LEFT JOIN "timeline_0_spans" AS "l"
    ON (
      "l"."from_key" = "m"."identity_key"
    )
), "timeline_0_told" AS (
  SELECT
    "r"."identity_key" AS "identity_key",
    "r"."known_at" AS "at",
    "r"."known_at" AS "known_at",
    "r"."cause" AS "cause",
    "r"."has_left" AS "has_left",
    "r"."had_left" AS "had_left",
    TRUE AS "is_clear",
    0 AS "lateness",
    COALESCE((
      5 <= COALESCE("r"."was_measure_0", 0)
    ), FALSE) AS "was",
    COALESCE((
      5 <= COALESCE("r"."measure_0", 0)
    ), FALSE) AS "now",
    "r"."is_first" AS "is_first",
    "r"."is_last" AS "is_last"
  FROM "timeline_0_running" AS "r"
  WHERE
    (
      (
        NOT (
          (
            "r"."is_first" AND "r"."is_last"
          )
        )
      )
      OR (
        "r"."has_left" <> "r"."had_left"
      )
      OR (
        COALESCE((
          5 <= COALESCE("r"."was_measure_0", 0)
        ), FALSE) IS DISTINCT FROM COALESCE((
          5 <= COALESCE("r"."measure_0", 0)
        ), FALSE)
      )
    )
), "timeline_0_turned" AS (
  SELECT
    "t"."identity_key" AS "identity_key",
    "t"."at" AS "at",
    "t"."known_at" AS "known_at",
    "t"."cause" AS "cause",
    "t"."has_left" AS "has_left",
    "t"."had_left" AS "had_left",
    "t"."is_clear" AS "is_clear",
    "t"."lateness" AS "lateness",
    "t"."was" AS "was",
    "t"."now" AS "now"
  FROM "timeline_0_told" AS "t"
  WHERE
    (
      "t"."is_first" AND "t"."is_last"
    )
  UNION ALL
  SELECT
    "t"."identity_key" AS "identity_key",
    "t"."at" AS "at",
    "t"."known_at" AS "known_at",
    MAX("t"."cause") AS "cause",
    MAX("t"."has_left") AS "has_left",
    MAX("t"."had_left") AS "had_left",
    MAX("t"."is_clear") AS "is_clear",
    MAX("t"."lateness") AS "lateness",
    MAX("t"."was") FILTER(WHERE
      "t"."is_first") AS "was",
    MAX("t"."now") FILTER(WHERE
      "t"."is_last") AS "now"
  FROM "timeline_0_told" AS "t"
  WHERE
    (
      NOT (
        (
          "t"."is_first" AND "t"."is_last"
        )
      )
    )
  GROUP BY
    1,
    2,
    3
), "timeline_0_open" AS (
  SELECT
    "d"."identity_key" AS "identity_key",
    (
      -4611686018427387904
    ) AS "low",
    4611686018427387904 AS "high"
  FROM "timeline_0_doubted" AS "d"
), "exact_0_among" AS (
  SELECT
    "o"."identity_key" AS "source_key"
  FROM "timeline_0_open" AS "o"
  UNION
  SELECT
    "l"."from_key" AS "source_key"
  FROM "timeline_0_open" AS "o"
  INNER JOIN "spans" AS "l"
    ON (
      "l"."to_key" = "o"."identity_key"
    )
), "exact_0_changes_sent_0" AS (
  SELECT
    "e"."identity_key" AS "source_key",
    "e"."ts" AS "at",
    "e"."ts" AS "known_at",
    0 AS "lateness",
    CAST(1 AS BIGINT) AS "readers"
  FROM "events" AS "e"
  SEMI JOIN "exact_0_among" AS "o"
    ON (
      "o"."source_key" = "e"."identity_key"
    )
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
      AND (
        (
          (
            -4611686018427387904
          ) - 0
        ) < "e"."ts"
      )
      AND (
        "e"."ts" <= CAST($hi AS BIGINT)
      )
    )
  UNION ALL
  SELECT
    "e"."identity_key" AS "source_key",
    (
      "e"."ts" + 2592000000000
    ) AS "at",
    (
      "e"."ts" + 2592000000000
    ) AS "known_at",
    0 AS "lateness",
    CAST(1 AS BIGINT) AS "readers"
  FROM "events" AS "e"
  SEMI JOIN "exact_0_among" AS "o"
    ON (
      "o"."source_key" = "e"."identity_key"
    )
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        NOT "e"."identity_key" IS NULL
      )
      AND (
        (
          (
            -4611686018427387904
          ) - 0
        ) < (
          "e"."ts" + 2592000000000
        )
      )
      AND (
        (
          "e"."ts" + 2592000000000
        ) <= CAST($hi AS BIGINT)
      )
    )
), "exact_0_changes_links_0" AS (
  SELECT
    "e"."from_key" AS "source_key",
    "e"."at_from" AS "at",
    "e"."at_from" AS "known_at",
    0 AS "lateness",
    CAST(1 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_among" AS "o"
    ON (
      "o"."source_key" = "e"."from_key"
    )
  WHERE
    (
      (
        "e"."seen_from" <= 4611686018427387904
      )
      AND (
        4611686018427387904 < "e"."seen_until"
      )
      AND (
        (
          (
            -4611686018427387904
          ) - 0
        ) < "e"."at_from"
      )
      AND (
        "e"."at_from" <= CAST($hi AS BIGINT)
      )
    )
  UNION ALL
  SELECT
    "e"."from_key" AS "source_key",
    "e"."at_until" AS "at",
    "e"."at_until" AS "known_at",
    0 AS "lateness",
    CAST(1 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_among" AS "o"
    ON (
      "o"."source_key" = "e"."from_key"
    )
  WHERE
    (
      (
        "e"."at_until" < 4611686018427387904
      )
      AND (
        "e"."seen_from" <= 4611686018427387904
      )
      AND (
        4611686018427387904 < "e"."seen_until"
      )
      AND (
        (
          (
            -4611686018427387904
          ) - 0
        ) < "e"."at_until"
      )
      AND (
        "e"."at_until" <= CAST($hi AS BIGINT)
      )
    )
  UNION ALL
  SELECT
    "e"."to_key" AS "source_key",
    "e"."at_from" AS "at",
    "e"."at_from" AS "known_at",
    0 AS "lateness",
    CAST(1 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_among" AS "o"
    ON (
      "o"."source_key" = "e"."to_key"
    )
  WHERE
    (
      (
        "e"."seen_from" <= 4611686018427387904
      )
      AND (
        4611686018427387904 < "e"."seen_until"
      )
      AND (
        (
          (
            -4611686018427387904
          ) - 0
        ) < "e"."at_from"
      )
      AND (
        "e"."at_from" <= CAST($hi AS BIGINT)
      )
    )
  UNION ALL
  SELECT
    "e"."to_key" AS "source_key",
    "e"."at_until" AS "at",
    "e"."at_until" AS "known_at",
    0 AS "lateness",
    CAST(1 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_among" AS "o"
    ON (
      "o"."source_key" = "e"."to_key"
    )
  WHERE
    (
      (
        "e"."at_until" < 4611686018427387904
      )
      AND (
        "e"."seen_from" <= 4611686018427387904
      )
      AND (
        4611686018427387904 < "e"."seen_until"
      )
      AND (
        (
          (
            -4611686018427387904
          ) - 0
        ) < "e"."at_until"
      )
      AND (
        "e"."at_until" <= CAST($hi AS BIGINT)
      )
    )
), "exact_0_changes_all" AS (
  SELECT
    "s"."source_key" AS "identity_key",
    "s"."at" AS "at",
    "s"."known_at" AS "known_at",
    "s"."lateness" AS "lateness",
    "s"."readers" AS "readers"
  FROM "exact_0_changes_sent_0" AS "s"
  UNION ALL
  SELECT
    "l"."to_key" AS "identity_key",
    GREATEST("s"."at", "l"."at_from") AS "at",
    GREATEST("s"."at", "l"."at_from") AS "known_at",
    CASE
      WHEN (
        "s"."known_at" < "l"."seen_from"
      )
      THEN (
        "l"."seen_from" - "l"."at_from"
      )
      ELSE "s"."lateness"
    END AS "lateness",
    "s"."readers" AS "readers"
  FROM "exact_0_changes_sent_0" AS "s"
  INNER JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "s"."source_key"
      )
      AND (
        "s"."at" < "l"."at_until"
      )
      AND (
        "l"."seen_from" <= 4611686018427387904
      )
      AND (
        4611686018427387904 < "l"."seen_until"
      )
    )
  UNION ALL
  SELECT
    "s"."source_key" AS "identity_key",
    "s"."at" AS "at",
    "s"."known_at" AS "known_at",
    "s"."lateness" AS "lateness",
    "s"."readers" AS "readers"
  FROM "exact_0_changes_links_0" AS "s"
), "exact_0_changes" AS (
  SELECT
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."known_at" AS "known_at",
    "c"."lateness" AS "lateness",
    "c"."readers" AS "readers"
  FROM "exact_0_changes_all" AS "c"
  WHERE
    (
      (
        (
          (
            -4611686018427387904
          ) - 0
        ) < "c"."known_at"
      )
      AND (
        "c"."known_at" <= CAST($hi AS BIGINT)
      )
    )
), "exact_0_near" AS (
  SELECT
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."known_at" AS "known_at",
    "c"."lateness" AS "lateness",
    "c"."readers" AS "readers"
  FROM "exact_0_changes" AS "c"
  SEMI JOIN "timeline_0_open" AS "o"
    ON (
      (
        "o"."identity_key" = "c"."identity_key"
      )
      AND (
        "c"."at" <= (
          "o"."high" + 0
        )
      )
      AND (
        "o"."low" <= "c"."known_at"
      )
    )
), "exact_0_points" AS (
  SELECT
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    MIN("c"."known_at") AS "known_at"
  FROM "exact_0_near" AS "c"
  GROUP BY
    1,
    2
), "exact_0_looks" AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY "identity_key" ASC, "at" ASC) AS "pair",
    "p"."identity_key" AS "identity_key",
    "p"."at" AS "at",
    4611686018427387904 AS "seen",
    CAST(NULL AS BIGINT) AS "entry_at",
    CAST(NULL AS TEXT) AS "entry_id",
    CAST(NULL AS TEXT) AS "trigger_event_id",
    CAST(NULL AS INT) AS "trigger_line",
    CAST(NULL AS BOOLEAN) AS "is_event_moment",
    CAST(NULL AS TEXT) AS "told"
  FROM "exact_0_points" AS "p"
), "exact_0_looks_sources" AS (
  SELECT
    "p"."identity_key" AS "source_key",
    "p"."pair" AS "pair",
    "p"."identity_key" AS "identity_key",
    "p"."at" AS "at",
    "p"."seen" AS "seen",
    "p"."entry_at" AS "entry_at",
    "p"."entry_id" AS "entry_id",
    "p"."trigger_event_id" AS "trigger_event_id",
    "p"."trigger_line" AS "trigger_line",
    "p"."is_event_moment" AS "is_event_moment",
    "p"."told" AS "told"
  FROM "exact_0_looks" AS "p"
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
    "p"."pair" AS "pair",
    "p"."identity_key" AS "identity_key",
    "p"."at" AS "at",
    "p"."seen" AS "seen",
    "p"."entry_at" AS "entry_at",
    "p"."entry_id" AS "entry_id",
    "p"."trigger_event_id" AS "trigger_event_id",
    "p"."trigger_line" AS "trigger_line",
    "p"."is_event_moment" AS "is_event_moment",
    "p"."told" AS "told"
  FROM "exact_0_looks" AS "p"
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
), "exact_0_looks_measured" AS (
  SELECT
    "s"."pair" AS "pair",
    COUNT(*) AS "measure_0"
  FROM "events" AS "e"
  INNER JOIN "exact_0_looks_sources" AS "s"
    ON (
      "e"."identity_key" = "s"."source_key"
    )
  WHERE
    (
      (
        "e"."name" = 'Product Viewed'
      )
      AND (
        "e"."ts" <= "s"."at"
      )
      AND (
        "e"."received_at" <= "s"."seen"
      )
      AND (
        (
          "s"."at" - 2592000000000
        ) < "e"."ts"
      )
      AND (
        (
          (
            (
              -4611686018427387904
            ) - 0
          ) - 2592000000000
        ) < "e"."ts"
      )
      AND (
        (
          "s"."at" - 2592000000000
        ) < "e"."ts"
      )
    )
  GROUP BY
    1
), "exact_0_looks_round_0" AS (
  SELECT
    "k".*,
    "exact_0_looks_measured"."measure_0" AS "measure_0"
  FROM "exact_0_looks" AS "k"
  LEFT JOIN "exact_0_looks_measured" AS "exact_0_looks_measured"
    ON (
      "exact_0_looks_measured"."pair" = "k"."pair"
    )
), "exact_0_looks_values" AS (
  SELECT
    "v"."pair" AS "pair",
    COALESCE((
      5 <= COALESCE("v"."measure_0", 0)
    ), FALSE) AS "value_0"
  FROM "exact_0_looks_round_0" AS "v"
), "exact_0_told" AS (
  SELECT
    "a"."identity_key" AS "identity_key",
    "a"."at" AS "at",
    "v"."value_0" AS "now"
  FROM "exact_0_looks" AS "a"
  INNER JOIN "exact_0_looks_values" AS "v"
    ON (
      "v"."pair" = "a"."pair"
    )
), "exact_0_states" AS (
  SELECT
    "t"."identity_key" AS "identity_key",
    "t"."at" AS "at",
    "t"."now" AS "now",
    LAG("t"."now", 1, NULL) OVER (PARTITION BY "identity_key" ORDER BY "at" ASC) AS "was"
  FROM "exact_0_told" AS "t"
), "flips" AS (
  SELECT
    "r"."identity_key" AS "identity_key",
    0 AS "asked",
    CASE
      WHEN (
        NOT (
          "r"."has_left"
        )
      )
      THEN CASE WHEN "r"."now" THEN 'often' ELSE NULL END
      ELSE NULL
    END AS "definition",
    "r"."at" AS "at"
  FROM "timeline_0_turned" AS "r"
  WHERE
    (
      (
        CASE
          WHEN (
            NOT (
              "r"."has_left"
            )
          )
          THEN CASE WHEN "r"."now" THEN 'often' ELSE NULL END
          ELSE NULL
        END IS DISTINCT FROM CASE WHEN "r"."was" THEN 'often' ELSE NULL END
      )
      AND (
        NOT (
          "r"."had_left"
        )
      )
      AND (
        "r"."at" <= CAST($hi AS BIGINT)
      )
    )
  UNION ALL
  SELECT
    "r"."identity_key" AS "identity_key",
    0 AS "asked",
    CASE WHEN "r"."now" THEN 'often' ELSE NULL END AS "definition",
    "r"."at" AS "at"
  FROM "exact_0_states" AS "r"
  WHERE
    (
      CASE WHEN "r"."now" THEN 'often' ELSE NULL END IS DISTINCT FROM CASE WHEN "r"."was" THEN 'often' ELSE NULL END
    )
), "stays" AS (
  SELECT
    "f"."identity_key" AS "identity_key",
    "f"."definition" AS "definition",
    "f"."at" AS "at",
    LEAD("f"."at", 1, 4611686018427387904) OVER (PARTITION BY "identity_key", "asked" ORDER BY "at" ASC) AS "left_at"
  FROM "flips" AS "f"
)
SELECT
  "i"."identity" AS "customer_id",
  "s"."definition" AS "definition",
  "s"."at" AS "entered_at",
  CASE
    WHEN (
      NOT (
        (
          "s"."left_at" = 4611686018427387904
        )
      )
    )
    THEN "s"."left_at"
    ELSE NULL
  END AS "left_at"
FROM "stays" AS "s"
INNER JOIN "identities" AS "i"
  ON (
    "i"."identity_key" = "s"."identity_key"
  )
WHERE
  (
    (
      NOT "s"."definition" IS NULL
    ) AND (
      CAST($lo AS BIGINT) < "s"."left_at"
    )
  )
ORDER BY
  "customer_id",
  "definition",
  "entered_at"
