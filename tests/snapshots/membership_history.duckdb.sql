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
), "exact_0_0_among" AS (
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
), "exact_0_0_changes_sent_0" AS (
  SELECT
    "e"."identity_key" AS "source_key",
    "e"."ts" AS "at",
    "e"."ts" AS "known_at",
    0 AS "lateness",
    CAST(3 AS BIGINT) AS "readers"
  FROM "events" AS "e"
  SEMI JOIN "exact_0_0_among" AS "o"
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
    CAST(3 AS BIGINT) AS "readers"
  FROM "events" AS "e"
  SEMI JOIN "exact_0_0_among" AS "o"
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
), "exact_0_0_changes_links_0" AS (
  SELECT
    "e"."from_key" AS "source_key",
    "e"."at_from" AS "at",
    "e"."at_from" AS "known_at",
    0 AS "lateness",
    CAST(3 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_0_among" AS "o"
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
    CAST(3 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_0_among" AS "o"
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
    CAST(3 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_0_among" AS "o"
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
    CAST(3 AS BIGINT) AS "readers"
  FROM "spans" AS "e"
  SEMI JOIN "exact_0_0_among" AS "o"
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
), "exact_0_0_changes_all" AS (
  SELECT
    "s"."source_key" AS "identity_key",
    "s"."at" AS "at",
    "s"."known_at" AS "known_at",
    "s"."lateness" AS "lateness",
    "s"."readers" AS "readers"
  FROM "exact_0_0_changes_sent_0" AS "s"
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
  FROM "exact_0_0_changes_sent_0" AS "s"
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
  FROM "exact_0_0_changes_links_0" AS "s"
), "exact_0_0_changes" AS (
  SELECT
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."known_at" AS "known_at",
    "c"."lateness" AS "lateness",
    "c"."readers" AS "readers"
  FROM "exact_0_0_changes_all" AS "c"
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
), "exact_0_0_near" AS (
  SELECT
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."known_at" AS "known_at",
    "c"."lateness" AS "lateness",
    "c"."readers" AS "readers"
  FROM "exact_0_0_changes" AS "c"
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
), "exact_0_0_points" AS (
  SELECT
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    MIN("c"."known_at") AS "known_at"
  FROM "exact_0_0_near" AS "c"
  GROUP BY
    1,
    2
), "exact_0_0_instants" AS (
  SELECT
    "p"."identity_key" AS "identity_key",
    "p"."at" AS "point",
    (
      "p"."at" + 0
    ) AS "at",
    (
      "p"."at" + 0
    ) AS "acted_at",
    CAST(0 AS BIGINT) AS "lateness_0",
    CAST(0 AS BIGINT) AS "lateness_1"
  FROM "exact_0_0_points" AS "p"
  SEMI JOIN "timeline_0_open" AS "o"
    ON (
      (
        "o"."identity_key" = "p"."identity_key"
      )
      AND (
        "o"."low" <= "p"."at"
      )
      AND (
        "p"."at" <= "o"."high"
      )
    )
  WHERE
    (
      "p"."known_at" <= (
        "p"."at" + 0
      )
    )
), "exact_0_0_once" AS (
  SELECT
    "i"."identity_key" AS "identity_key",
    "i"."point" AS "point",
    "i"."at" AS "at",
    "i"."acted_at" AS "acted_at",
    MIN("i"."lateness_0") AS "lateness_0",
    MIN("i"."lateness_1") AS "lateness_1"
  FROM "exact_0_0_instants" AS "i"
  WHERE
    (
      "i"."acted_at" <= CAST($hi AS BIGINT)
    )
  GROUP BY
    1,
    2,
    3,
    4
), "exact_0_0_ranged" AS (
  SELECT DISTINCT
    "o"."identity_key" AS "identity_key",
    "o"."point" AS "point"
  FROM "exact_0_0_once" AS "o"
  WHERE
    (
      (
        -4611686018427387904
      ) < "o"."acted_at"
    )
), "exact_0_0_candidates" AS (
  SELECT
    "o"."identity_key" AS "identity_key",
    "o"."point" AS "point",
    "o"."at" AS "at",
    "o"."acted_at" AS "acted_at",
    "o"."lateness_0" AS "lateness_0",
    "o"."lateness_1" AS "lateness_1",
    ROW_NUMBER() OVER (ORDER BY "identity_key" ASC, "point" ASC, "at" ASC, "acted_at" ASC) AS "pair",
    4611686018427387904 AS "seen"
  FROM "exact_0_0_once" AS "o"
  SEMI JOIN "exact_0_0_ranged" AS "r"
    ON (
      (
        "r"."identity_key" = "o"."identity_key"
      ) AND (
        "r"."point" = "o"."point"
      )
    )
), "exact_0_0_before" AS (
  SELECT
    "c"."pair" AS "pair",
    "c"."identity_key" AS "identity_key",
    "c"."point" AS "point",
    "c"."seen" AS "seen",
    (
      "c"."point" - 1
    ) AS "before"
  FROM "exact_0_0_candidates" AS "c"
), "exact_0_0_asked" AS (
  SELECT
    (
      (
        "c"."pair" * 2
      ) + 0
    ) AS "pair",
    "c"."identity_key" AS "identity_key",
    "c"."point" AS "at",
    "c"."seen" AS "seen",
    CAST(NULL AS BIGINT) AS "entry_at",
    CAST(NULL AS TEXT) AS "entry_id",
    CAST(NULL AS TEXT) AS "trigger_event_id",
    CAST(NULL AS INT) AS "trigger_line",
    CAST(NULL AS BOOLEAN) AS "is_event_moment",
    CAST(NULL AS TEXT) AS "told"
  FROM "exact_0_0_candidates" AS "c"
  UNION ALL
  SELECT
    (
      (
        "c"."pair" * 2
      ) + 1
    ) AS "pair",
    "c"."identity_key" AS "identity_key",
    "c"."before" AS "at",
    "c"."seen" AS "seen",
    CAST(NULL AS BIGINT) AS "entry_at",
    CAST(NULL AS TEXT) AS "entry_id",
    CAST(NULL AS TEXT) AS "trigger_event_id",
    CAST(NULL AS INT) AS "trigger_line",
    CAST(NULL AS BOOLEAN) AS "is_event_moment",
    CAST(NULL AS TEXT) AS "told"
  FROM "exact_0_0_before" AS "c"
), "exact_0_0_asked_sources" AS (
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
  FROM "exact_0_0_asked" AS "p"
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
  FROM "exact_0_0_asked" AS "p"
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
), "exact_0_0_asked_measured" AS (
  SELECT
    "s"."pair" AS "pair",
    COUNT(*) AS "measure_0"
  FROM "events" AS "e"
  INNER JOIN "exact_0_0_asked_sources" AS "s"
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
), "exact_0_0_asked_round_0" AS (
  SELECT
    "k".*,
    "exact_0_0_asked_measured"."measure_0" AS "measure_0"
  FROM "exact_0_0_asked" AS "k"
  LEFT JOIN "exact_0_0_asked_measured" AS "exact_0_0_asked_measured"
    ON (
      "exact_0_0_asked_measured"."pair" = "k"."pair"
    )
), "exact_0_0_asked_values" AS (
  SELECT
    "v"."pair" AS "pair",
    COALESCE((
      5 <= COALESCE("v"."measure_0", 0)
    ), FALSE) AS "value_0",
    COALESCE((
      5 <= COALESCE("v"."measure_0", 0)
    ), FALSE) AS "value_1"
  FROM "exact_0_0_asked_round_0" AS "v"
), "exact_0_0_turned" AS (
  SELECT
    0 AS "which",
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."acted_at" AS "acted_at",
    "c"."seen" AS "seen",
    "c"."point" AS "point",
    CAST(NULL AS TEXT) AS "old_value",
    CAST(NULL AS TEXT) AS "new_value",
    "c"."lateness_0" AS "lateness"
  FROM "exact_0_0_candidates" AS "c"
  INNER JOIN "exact_0_0_asked_values" AS "n"
    ON (
      "n"."pair" = (
        (
          "c"."pair" * 2
        ) + 0
      )
    )
  LEFT JOIN "exact_0_0_asked_values" AS "b"
    ON (
      "b"."pair" = (
        (
          "c"."pair" * 2
        ) + 1
      )
    )
  WHERE
    (
      COALESCE("n"."value_0", FALSE)
      AND (
        NOT (
          COALESCE("b"."value_0", FALSE)
        )
      )
    )
  UNION ALL
  SELECT
    1 AS "which",
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."acted_at" AS "acted_at",
    "c"."seen" AS "seen",
    "c"."point" AS "point",
    CAST(NULL AS TEXT) AS "old_value",
    CAST(NULL AS TEXT) AS "new_value",
    "c"."lateness_1" AS "lateness"
  FROM "exact_0_0_candidates" AS "c"
  INNER JOIN "exact_0_0_asked_values" AS "n"
    ON (
      "n"."pair" = (
        (
          "c"."pair" * 2
        ) + 0
      )
    )
  LEFT JOIN "exact_0_0_asked_values" AS "b"
    ON (
      "b"."pair" = (
        (
          "c"."pair" * 2
        ) + 1
      )
    )
  WHERE
    (
      (
        NOT (
          COALESCE("n"."value_1", FALSE)
        )
      )
      AND COALESCE("b"."value_1", FALSE)
    )
), "exact_0_0_turned_turns" AS (
  SELECT
    "t"."which" AS "which",
    "t"."identity_key" AS "identity_key",
    "t"."at" AS "at",
    "t"."acted_at" AS "acted_at",
    "t"."seen" AS "seen",
    "t"."point" AS "point",
    "t"."old_value" AS "old_value",
    "t"."new_value" AS "new_value",
    "t"."lateness" AS "lateness",
    ROW_NUMBER() OVER (ORDER BY "which" ASC, "identity_key" ASC, "point" ASC, "seen" ASC) AS "turn"
  FROM "exact_0_0_turned" AS "t"
), "exact_0_0_turned_cause_0" AS (
  SELECT
    "t"."turn" AS "pair",
    "t"."identity_key" AS "identity_key",
    "t"."point" AS "at",
    "t"."seen" AS "seen",
    CAST(NULL AS BIGINT) AS "entry_at",
    CAST(NULL AS TEXT) AS "entry_id",
    CAST(NULL AS TEXT) AS "trigger_event_id",
    CAST(NULL AS INT) AS "trigger_line",
    CAST(NULL AS BOOLEAN) AS "is_event_moment",
    CAST(NULL AS TEXT) AS "told"
  FROM "exact_0_0_turned_turns" AS "t"
  WHERE
    (
      "t"."which" = 0
    )
), "exact_0_0_turned_cause_0_ids" AS (
  SELECT
    "p"."identity_key" AS "source_key",
    "p"."pair" AS "pair",
    "p"."at" AS "at",
    "p"."seen" AS "seen"
  FROM "exact_0_0_turned_cause_0" AS "p"
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
    "p"."at" AS "at",
    "p"."seen" AS "seen"
  FROM "exact_0_0_turned_cause_0" AS "p"
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
), "exact_0_0_turned_cause_1" AS (
  SELECT
    "t"."turn" AS "pair",
    "t"."identity_key" AS "identity_key",
    "t"."point" AS "at",
    "t"."seen" AS "seen",
    CAST(NULL AS BIGINT) AS "entry_at",
    CAST(NULL AS TEXT) AS "entry_id",
    CAST(NULL AS TEXT) AS "trigger_event_id",
    CAST(NULL AS INT) AS "trigger_line",
    CAST(NULL AS BOOLEAN) AS "is_event_moment",
    CAST(NULL AS TEXT) AS "told"
  FROM "exact_0_0_turned_turns" AS "t"
  WHERE
    (
      "t"."which" = 1
    )
), "exact_0_0_turned_cause_1_ids" AS (
  SELECT
    "p"."identity_key" AS "source_key",
    "p"."pair" AS "pair",
    "p"."at" AS "at",
    "p"."seen" AS "seen"
  FROM "exact_0_0_turned_cause_1" AS "p"
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
    "p"."at" AS "at",
    "p"."seen" AS "seen"
  FROM "exact_0_0_turned_cause_1" AS "p"
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
), "exact_0_0_turned_causes" AS (
  SELECT
    "s"."pair" AS "turn",
    "e"."order_key" AS "order_key",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."is_imported" AS "is_imported"
  FROM "events" AS "e"
  INNER JOIN "exact_0_0_turned_cause_0_ids" AS "s"
    ON (
      (
        "e"."identity_key" = "s"."source_key"
      )
      AND (
        "e"."ts" = "s"."at"
      )
      AND (
        "e"."received_at" <= "s"."seen"
      )
    )
  WHERE
    (
      (
        (
          "e"."name" = 'Product Viewed'
        ) AND (
          NOT "e"."identity_key" IS NULL
        )
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
    "s"."pair" AS "turn",
    "e"."order_key" AS "order_key",
    "e"."event_id" AS "event_id",
    "e"."line" AS "line",
    "e"."is_imported" AS "is_imported"
  FROM "events" AS "e"
  INNER JOIN "exact_0_0_turned_cause_1_ids" AS "s"
    ON (
      (
        "e"."identity_key" = "s"."source_key"
      )
      AND (
        "e"."ts" = "s"."at"
      )
      AND (
        "e"."received_at" <= "s"."seen"
      )
    )
  WHERE
    (
      (
        (
          "e"."name" = 'Product Viewed'
        ) AND (
          NOT "e"."identity_key" IS NULL
        )
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
), "exact_0_0_turned_causes_ranked" AS (
  SELECT
    "c"."turn" AS "turn",
    "c"."event_id" AS "event_id",
    "c"."line" AS "line",
    "c"."is_imported" AS "is_imported",
    ROW_NUMBER() OVER (PARTITION BY "turn" ORDER BY "order_key" DESC NULLS FIRST) AS "rank"
  FROM "exact_0_0_turned_causes" AS "c"
), "exact_0_0_turned_caused" AS (
  SELECT
    "t"."which" AS "which",
    "t"."identity_key" AS "identity_key",
    "t"."at" AS "at",
    "t"."acted_at" AS "acted_at",
    "t"."seen" AS "seen",
    "t"."point" AS "point",
    "t"."old_value" AS "old_value",
    "t"."new_value" AS "new_value",
    "t"."lateness" AS "lateness",
    "c"."event_id" AS "event_id",
    "c"."line" AS "line",
    COALESCE("c"."is_imported", FALSE) AS "is_imported"
  FROM "exact_0_0_turned_turns" AS "t"
  LEFT JOIN "exact_0_0_turned_causes_ranked" AS "c"
    ON (
      (
        "c"."turn" = "t"."turn"
      ) AND (
        "c"."rank" = 1
      )
    )
), "exact_0_0_ranked" AS (
  SELECT
    "c"."which" AS "which",
    "c"."identity_key" AS "identity_key",
    "c"."at" AS "at",
    "c"."acted_at" AS "acted_at",
    "c"."seen" AS "seen",
    "c"."point" AS "point",
    "c"."old_value" AS "old_value",
    "c"."new_value" AS "new_value",
    "c"."lateness" AS "lateness",
    "c"."event_id" AS "event_id",
    "c"."line" AS "line",
    "c"."is_imported" AS "is_imported",
    ROW_NUMBER() OVER (
      PARTITION BY "which", "identity_key", "at", "event_id", "line"
      ORDER BY "acted_at" ASC
    ) AS "rank"
  FROM "exact_0_0_turned_caused" AS "c"
), "exact_0_0_fired" AS (
  SELECT
    "r"."which" AS "which",
    "r"."event_id" AS "event_id",
    "r"."line" AS "line",
    "r"."is_imported" AS "is_imported",
    "r"."identity_key" AS "identity_key",
    "r"."at" AS "at",
    "r"."acted_at" AS "acted_at",
    "r"."old_value" AS "old_value",
    "r"."new_value" AS "new_value",
    CAST(NULL AS TEXT) AS "same_value"
  FROM "exact_0_0_ranked" AS "r"
  WHERE
    (
      (
        "r"."rank" = 1
      ) AND (
        (
          -4611686018427387904
        ) < "r"."acted_at"
      )
    )
), "exact_0" AS (
  SELECT
    "f"."which" AS "which",
    "f"."event_id" AS "event_id",
    "f"."line" AS "line",
    "f"."is_imported" AS "is_imported",
    "f"."identity_key" AS "identity_key",
    "f"."at" AS "at",
    "f"."acted_at" AS "acted_at",
    "f"."same_value" AS "same_value",
    "f"."old_value" AS "old_value",
    "f"."new_value" AS "new_value"
  FROM "exact_0_0_fired" AS "f"
), "flips" AS (
  SELECT
    "r"."identity_key" AS "identity_key",
    'often' AS "definition",
    "r"."at" AS "at",
    (
      COALESCE("r"."now", FALSE) AND (
        NOT (
          "r"."has_left"
        )
      )
    ) AS "is_in"
  FROM "timeline_0_turned" AS "r"
  WHERE
    (
      (
        (
          COALESCE("r"."now", FALSE) AND (
            NOT (
              "r"."has_left"
            )
          )
        ) IS DISTINCT FROM COALESCE("r"."was", FALSE)
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
    "f"."identity_key" AS "identity_key",
    'often' AS "definition",
    "f"."at" AS "at",
    (
      "f"."which" = 0
    ) AS "is_in"
  FROM "exact_0" AS "f"
), "stays" AS (
  SELECT
    "f"."identity_key" AS "identity_key",
    "f"."definition" AS "definition",
    "f"."at" AS "at",
    "f"."is_in" AS "is_in",
    LEAD("f"."at", 1, 4611686018427387904) OVER (PARTITION BY "identity_key", "definition" ORDER BY "at" ASC) AS "left_at"
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
    "s"."is_in" AND (
      CAST($lo AS BIGINT) < "s"."left_at"
    )
  )
ORDER BY
  "customer_id",
  "definition",
  "entered_at"
