WITH `places` AS (
  SELECT
    `e`.`identity_key` AS `identity_key`,
    `e`.`order_key` AS `order_key`,
    COALESCE((
      FALSE
    ), FALSE) AS `matches`,
    COALESCE((
      TRUE
    ), FALSE) AS `stops`
  FROM `events` AS `e`
  WHERE
    (
      (
        (
          TRUE
        ) AND (
          (
            FALSE
          ) OR (
            TRUE
          )
        )
      )
      AND (
        `e`.`name` = 'Order Completed'
      )
      AND (
        `e`.`ts` <= CAST(:hi AS BIGINT)
      )
      AND (
        (
          CAST(:lo AS BIGINT) - 7200000000
        ) < `e`.`ts`
      )
      AND (
        NOT `e`.`identity_key` IS NULL
      )
    )
  UNION ALL
  SELECT
    `e`.`identity_key` AS `identity_key`,
    `e`.`order_key` AS `order_key`,
    COALESCE((
      TRUE
    ), FALSE) AS `matches`,
    COALESCE((
      FALSE
    ), FALSE) AS `stops`
  FROM `events` AS `e`
  WHERE
    (
      (
        (
          TRUE
        ) AND (
          (
            TRUE
          ) OR (
            FALSE
          )
        )
      )
      AND (
        `e`.`name` = 'Product Added'
      )
      AND (
        `e`.`ts` <= CAST(:hi AS BIGINT)
      )
      AND (
        (
          CAST(:lo AS BIGINT) - 7200000000
        ) < `e`.`ts`
      )
      AND (
        NOT `e`.`identity_key` IS NULL
      )
    )
), `kin` AS (
  SELECT
    `l`.`from_key` AS `from_key`,
    MIN(`l`.`to_key`) AS `low`,
    MAX(`l`.`to_key`) AS `high`,
    COUNT(*) AS `entries`,
    COUNT(`l`.`to_key`) AS `links`,
    MIN(`l`.`ts`) AS `first_at`,
    MAX(GREATEST(`l`.`ts`, `l`.`received_at`)) AS `settled_at`
  FROM `links` AS `l`
  GROUP BY
    1
), `grouped` AS (
  SELECT
    `s`.`identity_key` AS `identity_key`,
    `s`.`order_key` AS `order_key`,
    `s`.`matches` AS `matches`,
    COALESCE(`g`.`low`, `s`.`identity_key`) AS `group_key`,
    COALESCE(`g`.`first_at`, (
      -4611686018427387904
    )) AS `joined_at`
  FROM `places` AS `s`
  LEFT JOIN `kin` AS `g`
    ON (
      `g`.`from_key` = `s`.`identity_key`
    )
), `sorted` AS (
  SELECT
    `s`.`identity_key` AS `identity_key`,
    `s`.`order_key` AS `order_key`,
    `s`.`matches` AS `matches`,
    `s`.`group_key` AS `group_key`,
    `s`.`joined_at` AS `joined_at`,
    LEAD(
      `s`.`order_key`,
      1,
      (
        GREATEST(LEAST(4611686018427387904, 9007199254740991), (
          -9007199254740991
        )) * 1024
      )
    ) OVER (PARTITION BY `group_key` ORDER BY `order_key` ASC NULLS LAST) AS `next_order`,
    LEAD(`s`.`identity_key`, 1, 0) OVER (PARTITION BY `group_key` ORDER BY `order_key` ASC NULLS LAST) AS `next_key`,
    LAG(
      `s`.`order_key`,
      1,
      (
        GREATEST(LEAST((
          -4611686018427387904
        ), 9007199254740991), (
          -9007199254740991
        )) * 1024
      )
    ) OVER (PARTITION BY `group_key` ORDER BY `order_key` ASC NULLS LAST) AS `previous_order`
  FROM `grouped` AS `s`
), `followed` AS (
  SELECT
    `s`.`identity_key` AS `identity_key`,
    `s`.`order_key` AS `order_key`,
    `s`.`matches` AS `matches`,
    `s`.`group_key` AS `group_key`,
    `s`.`joined_at` AS `joined_at`,
    `s`.`next_key` AS `next_key`,
    (
      SHIFTRIGHT(`s`.`order_key`, 10)
    ) AS `ts`,
    (
      SHIFTRIGHT(`s`.`next_order`, 10)
    ) AS `next_ts`,
    (
      SHIFTRIGHT(`s`.`previous_order`, 10)
    ) AS `previous_ts`
  FROM `sorted` AS `s`
), `ranged` AS (
  SELECT
    `f`.`identity_key` AS `identity_key`,
    `f`.`order_key` AS `order_key`,
    `f`.`ts` AS `ts`,
    `f`.`group_key` AS `group_key`,
    `f`.`next_ts` AS `next_ts`,
    `f`.`next_key` AS `next_key`,
    `f`.`joined_at` AS `joined_at`,
    `f`.`previous_ts` AS `previous_ts`
  FROM `followed` AS `f`
  WHERE
    (
      `f`.`matches`
      AND (
        (
          CAST(:lo AS BIGINT) < (
            `f`.`ts` + 7200000000
          )
        )
        AND (
          (
            `f`.`ts` + 7200000000
          ) <= CAST(:hi AS BIGINT)
        )
      )
      AND (
        NOT (
          (
            (
              `f`.`next_key` = `f`.`identity_key`
            )
            AND (
              `f`.`next_ts` <= (
                `f`.`ts` + 7200000000
              )
            )
          )
        )
      )
    )
), `contested` AS (
  SELECT DISTINCT
    `l`.`to_key` AS `group_key`
  FROM `links` AS `l`
  SEMI JOIN `kin` AS `s`
    ON (
      (
        `s`.`from_key` = `l`.`from_key`
      )
      AND (
        (
          `s`.`low` < `s`.`high`
        ) OR (
          `s`.`links` < `s`.`entries`
        )
      )
    )
  WHERE
    (
      NOT `l`.`to_key` IS NULL
    )
), `judged` AS (
  SELECT
    `t`.`identity_key` AS `identity_key`,
    `t`.`order_key` AS `order_key`,
    `t`.`ts` AS `ts`,
    `t`.`group_key` AS `group_key`,
    `t`.`next_ts` AS `next_ts`,
    `t`.`next_key` AS `next_key`,
    `t`.`joined_at` AS `joined_at`,
    (
      NOT `c`.`group_key` IS NULL
    ) AS `is_touched`,
    (
      (
        (
          `t`.`ts` + 7200000000
        ) < `t`.`next_ts`
      )
      AND (
        `t`.`previous_ts` < `t`.`ts`
      )
      AND (
        NOT (
          (
            NOT `c`.`group_key` IS NULL
          )
        )
      )
    ) AS `is_sure`
  FROM `ranged` AS `t`
  LEFT JOIN `contested` AS `c`
    ON (
      `c`.`group_key` = `t`.`group_key`
    )
), `sure` AS (
  SELECT
    `t`.`identity_key` AS `identity_key`,
    `t`.`order_key` AS `order_key`,
    `t`.`group_key` AS `group_key`,
    `t`.`joined_at` AS `joined_at`,
    (
      `t`.`ts` + 7200000000
    ) AS `at`,
    (
      `t`.`ts` + 7200000000
    ) AS `acted_at`,
    4611686018427387904 AS `seen`
  FROM `judged` AS `t`
  WHERE
    `t`.`is_sure`
), `sure_owned` AS (
  SELECT
    `t`.`order_key` AS `order_key`,
    `t`.`at` AS `at`,
    `t`.`acted_at` AS `acted_at`,
    `t`.`identity_key` AS `sent_key`,
    CASE
      WHEN (
        `t`.`joined_at` <= `t`.`at`
      )
      THEN `t`.`group_key`
      ELSE `t`.`identity_key`
    END AS `identity_key`
  FROM `sure` AS `t`
), `brought` AS (
  SELECT
    0 AS `which`,
    `e`.`event_id` AS `event_id`,
    `e`.`line` AS `line`,
    `e`.`is_imported` AS `is_imported`,
    `f`.`identity_key` AS `identity_key`,
    `f`.`at` AS `at`,
    `f`.`acted_at` AS `acted_at`,
    CAST(NULL AS STRING) AS `same_value`
  FROM `sure_owned` AS `f`
  INNER JOIN `events` AS `e`
    ON (
      (
        `f`.`sent_key` = `e`.`identity_key`
      )
      AND (
        `f`.`order_key` = `e`.`order_key`
      )
    )
  WHERE
    (
      `e`.`name` = 'Product Added'
    )
), `doubtful` AS (
  SELECT
    `t`.`identity_key` AS `identity_key`,
    `t`.`order_key` AS `order_key`
  FROM `judged` AS `t`
  LEFT JOIN `kin` AS `own`
    ON (
      `own`.`from_key` = `t`.`identity_key`
    )
  LEFT JOIN `kin` AS `next`
    ON (
      `next`.`from_key` = `t`.`next_key`
    )
  WHERE
    (
      (
        NOT (
          `t`.`is_sure`
        )
      )
      AND (
        NOT (
          (
            (
              NOT (
                `t`.`is_touched`
              )
            )
            AND COALESCE((
              `own`.`settled_at` <= (
                `t`.`ts` + 7200000000
              )
            ), TRUE)
            AND COALESCE((
              `next`.`settled_at` <= (
                `t`.`ts` + 7200000000
              )
            ), TRUE)
            AND (
              `t`.`next_ts` <= (
                `t`.`ts` + 7200000000
              )
            )
          )
        )
      )
    )
), `doubtful_customers` AS (
  SELECT
    `d`.`identity_key` AS `identity_key`
  FROM `doubtful` AS `d`
  UNION
  SELECT
    `l`.`to_key` AS `identity_key`
  FROM `doubtful` AS `d`
  INNER JOIN `spans` AS `l`
    ON (
      `l`.`from_key` = `d`.`identity_key`
    )
), `doubtful_ids` AS (
  SELECT
    `d`.`identity_key` AS `kin_key`
  FROM `doubtful_customers` AS `d`
  UNION
  SELECT
    `l`.`from_key` AS `kin_key`
  FROM `doubtful_customers` AS `d`
  INNER JOIN `spans` AS `l`
    ON (
      `l`.`to_key` = `d`.`identity_key`
    )
), `near_doubts` AS (
  SELECT
    `e`.`event_id` AS `event_id`,
    `e`.`line` AS `line`,
    `e`.`identity_key` AS `identity_key`,
    `e`.`ts` AS `ts`,
    `e`.`received_at` AS `received_at`,
    `e`.`is_imported` AS `is_imported`,
    `e`.`order_key` AS `order_key`,
    `e`.`name` AS `name`
  FROM `events` AS `e`
  SEMI JOIN `doubtful_ids` AS `d`
    ON (
      `d`.`kin_key` = `e`.`identity_key`
    )
  WHERE
    (
      (
        `e`.`name` = 'Order Completed'
      )
      AND (
        `e`.`ts` <= CAST(:hi AS BIGINT)
      )
      AND (
        (
          CAST(:lo AS BIGINT) - 7200000000
        ) < `e`.`ts`
      )
    )
  UNION ALL
  SELECT
    `e`.`event_id` AS `event_id`,
    `e`.`line` AS `line`,
    `e`.`identity_key` AS `identity_key`,
    `e`.`ts` AS `ts`,
    `e`.`received_at` AS `received_at`,
    `e`.`is_imported` AS `is_imported`,
    `e`.`order_key` AS `order_key`,
    `e`.`name` AS `name`
  FROM `events` AS `e`
  SEMI JOIN `doubtful_ids` AS `d`
    ON (
      `d`.`kin_key` = `e`.`identity_key`
    )
  WHERE
    (
      (
        `e`.`name` = 'Product Added'
      )
      AND (
        `e`.`ts` <= CAST(:hi AS BIGINT)
      )
      AND (
        (
          CAST(:lo AS BIGINT) - 7200000000
        ) < `e`.`ts`
      )
    )
), `stream` AS (
  SELECT
    0 AS `which`,
    `e`.`event_id` AS `event_id`,
    `e`.`line` AS `line`,
    `e`.`identity_key` AS `identity_key`,
    `e`.`ts` AS `ts`,
    `e`.`received_at` AS `received_at`,
    `e`.`is_imported` AS `is_imported`,
    `e`.`order_key` AS `order_key`,
    '' AS `same`,
    COALESCE((
      `e`.`name` = 'Product Added'
    ), FALSE) AS `matches`,
    COALESCE((
      `e`.`name` = 'Order Completed'
    ), FALSE) AS `stops`
  FROM `near_doubts` AS `e`
  WHERE
    (
      (
        (
          `e`.`name` IN ('Order Completed', 'Product Added')
        )
        AND (
          (
            `e`.`name` = 'Product Added'
          ) OR (
            `e`.`name` = 'Order Completed'
          )
        )
      )
      AND (
        NOT `e`.`identity_key` IS NULL
      )
    )
), `doubtful_triggers` AS (
  SELECT
    `s`.`which` AS `which`,
    `s`.`event_id` AS `event_id`,
    `s`.`line` AS `line`,
    `s`.`identity_key` AS `identity_key`,
    `s`.`ts` AS `ts`,
    `s`.`received_at` AS `received_at`,
    `s`.`is_imported` AS `is_imported`,
    `s`.`order_key` AS `order_key`,
    `s`.`same` AS `same`
  FROM `stream` AS `s`
  SEMI JOIN `doubtful` AS `t`
    ON (
      (
        `t`.`identity_key` = `s`.`identity_key`
      )
      AND (
        `t`.`order_key` = `s`.`order_key`
      )
      AND `s`.`matches`
    )
), `doubtful_triggers_timed` AS (
  SELECT
    `t`.`which` AS `which`,
    `t`.`event_id` AS `event_id`,
    `t`.`line` AS `line`,
    `t`.`identity_key` AS `identity_key`,
    `t`.`ts` AS `ts`,
    `t`.`received_at` AS `received_at`,
    `t`.`is_imported` AS `is_imported`,
    `t`.`order_key` AS `order_key`,
    `t`.`same` AS `same`,
    (
      `t`.`ts` + 7200000000
    ) AS `at`,
    (
      `t`.`ts` + 7200000000
    ) AS `acted_at`,
    4611686018427387904 AS `seen`
  FROM `doubtful_triggers` AS `t`
), `doubtful_triggers_asked` AS (
  SELECT
    `t`.`which` AS `which`,
    `t`.`event_id` AS `event_id`,
    `t`.`line` AS `line`,
    `t`.`ts` AS `ts`,
    `t`.`received_at` AS `received_at`,
    `t`.`is_imported` AS `is_imported`,
    `t`.`order_key` AS `order_key`,
    `t`.`same` AS `same`,
    `t`.`at` AS `at`,
    `t`.`acted_at` AS `acted_at`,
    `t`.`seen` AS `seen`,
    `t`.`identity_key` AS `sent_key`,
    COALESCE(`l`.`to_key`, `t`.`identity_key`) AS `identity_key`
  FROM `doubtful_triggers_timed` AS `t`
  LEFT JOIN `spans` AS `l`
    ON (
      (
        `l`.`from_key` = `t`.`identity_key`
      )
      AND (
        (
          `l`.`at_from` <= `t`.`at`
        )
        AND (
          `t`.`at` < `l`.`at_until`
        )
        AND (
          `l`.`seen_from` <= `t`.`seen`
        )
        AND (
          `t`.`seen` < `l`.`seen_until`
        )
      )
    )
), `doubtful_triggers_asked_numbered` AS (
  SELECT
    `a`.`which` AS `which`,
    `a`.`event_id` AS `event_id`,
    `a`.`line` AS `line`,
    `a`.`identity_key` AS `identity_key`,
    `a`.`ts` AS `ts`,
    `a`.`received_at` AS `received_at`,
    `a`.`is_imported` AS `is_imported`,
    `a`.`order_key` AS `order_key`,
    `a`.`same` AS `same`,
    `a`.`at` AS `at`,
    `a`.`acted_at` AS `acted_at`,
    `a`.`seen` AS `seen`,
    ROW_NUMBER() OVER (
      ORDER BY `which` ASC NULLS LAST, `event_id` ASC NULLS LAST, `line` ASC NULLS LAST, `received_at` ASC NULLS LAST, `acted_at` ASC NULLS LAST
    ) AS `question`
  FROM `doubtful_triggers_asked` AS `a`
), `doubtful_triggers_asked_numbered_placed` AS (
  SELECT
    `p`.`which` AS `which`,
    `p`.`event_id` AS `event_id`,
    `p`.`line` AS `line`,
    `p`.`identity_key` AS `identity_key`,
    `p`.`ts` AS `ts`,
    `p`.`received_at` AS `received_at`,
    `p`.`is_imported` AS `is_imported`,
    `p`.`order_key` AS `order_key`,
    `p`.`same` AS `same`,
    `p`.`question` AS `question`,
    `p`.`at` AS `at`,
    `p`.`acted_at` AS `acted_at`,
    `p`.`seen` AS `seen`,
    `p`.`order_key` AS `trigger_order`
  FROM `doubtful_triggers_asked_numbered` AS `p`
), `doubtful_triggers_asked_numbered_placed_with_ids` AS (
  SELECT
    `p`.`identity_key` AS `source_key`,
    `p`.`which` AS `which`,
    `p`.`event_id` AS `event_id`,
    `p`.`line` AS `line`,
    `p`.`ts` AS `ts`,
    `p`.`received_at` AS `received_at`,
    `p`.`is_imported` AS `is_imported`,
    `p`.`order_key` AS `order_key`,
    `p`.`same` AS `same`,
    `p`.`question` AS `question`,
    `p`.`at` AS `at`,
    `p`.`acted_at` AS `acted_at`,
    `p`.`seen` AS `seen`,
    `p`.`trigger_order` AS `trigger_order`
  FROM `doubtful_triggers_asked_numbered_placed` AS `p`
  ANTI JOIN `spans` AS `l`
    ON (
      (
        `l`.`from_key` = `p`.`identity_key`
      )
      AND (
        (
          `l`.`at_from` <= `p`.`at`
        )
        AND (
          `p`.`at` < `l`.`at_until`
        )
        AND (
          `l`.`seen_from` <= `p`.`seen`
        )
        AND (
          `p`.`seen` < `l`.`seen_until`
        )
      )
    )
  UNION ALL
  SELECT
    `l`.`from_key` AS `source_key`,
    `p`.`which` AS `which`,
    `p`.`event_id` AS `event_id`,
    `p`.`line` AS `line`,
    `p`.`ts` AS `ts`,
    `p`.`received_at` AS `received_at`,
    `p`.`is_imported` AS `is_imported`,
    `p`.`order_key` AS `order_key`,
    `p`.`same` AS `same`,
    `p`.`question` AS `question`,
    `p`.`at` AS `at`,
    `p`.`acted_at` AS `acted_at`,
    `p`.`seen` AS `seen`,
    `p`.`trigger_order` AS `trigger_order`
  FROM `doubtful_triggers_asked_numbered_placed` AS `p`
  INNER JOIN `spans` AS `l`
    ON (
      (
        `l`.`to_key` = `p`.`identity_key`
      )
      AND (
        (
          `l`.`at_from` <= `p`.`at`
        )
        AND (
          `p`.`at` < `l`.`at_until`
        )
        AND (
          `l`.`seen_from` <= `p`.`seen`
        )
        AND (
          `p`.`seen` < `l`.`seen_until`
        )
      )
    )
), `doubtful_triggers_asked_numbered_placed_visible` AS (
  SELECT
    `q`.`question` AS `question`,
    `q`.`which` AS `which`,
    `q`.`event_id` AS `event_id`,
    `q`.`line` AS `line`,
    `q`.`trigger_order` AS `trigger_order`,
    `q`.`seen` AS `seen`,
    `x`.`event_id` AS `x_event_id`,
    `x`.`line` AS `x_line`,
    `x`.`ts` AS `x_ts`,
    `x`.`received_at` AS `x_received_at`,
    `x`.`order_key` AS `order_key`,
    `x`.`is_imported` AS `x_is_imported`,
    COALESCE(`x`.`matches`, FALSE) AS `matches`,
    COALESCE(`x`.`stops`, FALSE) AS `stops`
  FROM `stream` AS `x`
  INNER JOIN `doubtful_triggers_asked_numbered_placed_with_ids` AS `q`
    ON (
      (
        `x`.`identity_key` = `q`.`source_key`
      )
      AND (
        `x`.`ts` <= `q`.`at`
      )
      AND (
        `x`.`received_at` <= `q`.`seen`
      )
      AND (
        `q`.`ts` <= `x`.`ts`
      )
    )
), `doubtful_triggers_asked_numbered_verdicts` AS (
  SELECT
    `x`.`question` AS `question`,
    (
      (
        0 < COUNT(*) FILTER(WHERE
          (
            `x`.`matches`
            AND (
              (
                `x`.`x_event_id` = `x`.`event_id`
              ) AND (
                `x`.`x_line` = `x`.`line`
              )
            )
          ))
      )
      AND (
        COUNT(*) FILTER(WHERE
          (
            (
              `x`.`matches`
              AND (
                `x`.`trigger_order` < `x`.`order_key`
              )
              AND (
                NOT (
                  (
                    (
                      `x`.`x_event_id` = `x`.`event_id`
                    ) AND (
                      `x`.`x_line` = `x`.`line`
                    )
                  )
                )
              )
            )
            OR (
              `x`.`stops`
              AND (
                NOT (
                  (
                    (
                      `x`.`x_event_id` = `x`.`event_id`
                    ) AND (
                      `x`.`x_line` = `x`.`line`
                    )
                  )
                )
              )
            )
          )) = 0
      )
    ) AS `follows`,
    MIN((
      `x`.`x_received_at` - `x`.`x_ts`
    )) FILTER(WHERE
      (
        GREATEST(`x`.`x_ts`, `x`.`x_received_at`) = `x`.`seen`
      )) AS `lateness`
  FROM `doubtful_triggers_asked_numbered_placed_visible` AS `x`
  GROUP BY
    1
), `doubtful_triggers_asked_numbered_fired` AS (
  SELECT
    `a`.`which` AS `which`,
    `a`.`event_id` AS `event_id`,
    `a`.`line` AS `line`,
    `a`.`is_imported` AS `is_imported`,
    `a`.`identity_key` AS `identity_key`,
    `a`.`at` AS `at`,
    `a`.`acted_at` AS `acted_at`,
    CAST(NULL AS STRING) AS `same_value`
  FROM `doubtful_triggers_asked_numbered` AS `a`
  INNER JOIN `doubtful_triggers_asked_numbered_verdicts` AS `v`
    ON (
      `v`.`question` = `a`.`question`
    )
  WHERE
    `v`.`follows`
), `fired` AS (
  SELECT
    `f`.`which` AS `which`,
    `f`.`event_id` AS `event_id`,
    `f`.`line` AS `line`,
    `f`.`is_imported` AS `is_imported`,
    `f`.`identity_key` AS `identity_key`,
    `f`.`at` AS `at`,
    `f`.`acted_at` AS `acted_at`,
    `f`.`same_value` AS `same_value`
  FROM `brought` AS `f`
  UNION ALL
  SELECT
    `f`.`which` AS `which`,
    `f`.`event_id` AS `event_id`,
    `f`.`line` AS `line`,
    `f`.`is_imported` AS `is_imported`,
    `f`.`identity_key` AS `identity_key`,
    `f`.`at` AS `at`,
    `f`.`acted_at` AS `acted_at`,
    `f`.`same_value` AS `same_value`
  FROM `doubtful_triggers_asked_numbered_fired` AS `f`
)
SELECT
  `f`.`identity_key` AS `identity_key`,
  `i`.`identity` AS `customer_id`,
  `f`.`at` AS `at`,
  `f`.`acted_at` AS `acted_at`,
  `f`.`event_id` AS `trigger_event_id`,
  `f`.`line` AS `trigger_line`,
  `f`.`is_imported` AS `is_imported`,
  `f`.`same_value` AS `same_value`,
  CAST(NULL AS STRING) AS `old_value`,
  CAST(NULL AS STRING) AS `new_value`
FROM `fired` AS `f`
INNER JOIN `identities` AS `i`
  ON (
    `i`.`identity_key` = `f`.`identity_key`
  )
ORDER BY
  `f`.`acted_at` NULLS LAST,
  `f`.`at` NULLS LAST,
  (
    0 < `f`.`line`
  ) NULLS LAST,
  `f`.`event_id` NULLS LAST,
  `f`.`line` NULLS LAST,
  `i`.`identity` NULLS LAST
