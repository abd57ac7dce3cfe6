# Two to six months after the last order, on the next morning, if she is more likely than 40 % to react. Until a model says more, the rule of
# thumb: one half when the last sign of life is two months ago, less the longer it is.

Two months after the order
  1 10:00  orders lamp for 40 as v1
  62 09:00  > come-back
  67 09:00  > come-back-more

A visit in the third month is a sign that it may help
  1 10:00  orders lamp for 40 as v2
  30 10:00  wants no more mail
  61 10:00  > turned away: only_if was false
  90 10:00  agrees to mail
  100 10:00  looks in
  101 09:00  > come-back
  106 09:00  > come-back-more

After six months it is too late
  1 10:00  orders lamp for 40 as v3
  62 09:00  > come-back
  67 09:00  > come-back-more
  181 10:01  looks in

Who never ordered has nothing to come back to
  1 10:00  looks in

Ordered meanwhile
  1 10:00  orders lamp for 40 as v4
  60 10:00  orders lamp for 40 as v5
  121 09:00  > come-back
  126 09:00  > come-back-more

An order ends it
  1 10:00  orders lamp for 40 as v6
  62 09:00  > come-back
  64 10:00  orders lamp for 40 as v7
  64 10:00  > ends: exit_if
  124 10:00  > turned away: entered too recently

An order told late ends it when it is told
  1 10:00  orders lamp for 40 as v8
  62 09:00  > come-back
  62 08:00  orders lamp for 40 as v9 (told 62 12:00)
  62 12:00  > ends: exit_if
  122 08:00  > turned away: entered too recently

A stranger is left alone
  1 10:00  orders lamp for 40 as v10
  61 10:00  > turned away: only_if was false

Three months between two
  1 10:00  orders lamp for 40 as v11
  62 09:00  > come-back
  67 09:00  > come-back-more
  145 10:00  looks in
  145 10:00  > turned away: entered too recently
