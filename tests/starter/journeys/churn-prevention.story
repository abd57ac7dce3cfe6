# At 09:00 after she has become more likely than 70 % to be lost within thirty days. Until a model says more, the rule of thumb: more than 0.7 of
# ninety days, which is 63, passed without a sign of life, and sixty since the last order.

Two months and no sign of life
  1 10:00  orders lamp for 40 as h1
  65 09:00  > we-noticed

Seventy per cent is not more than seventy per cent
  1 09:00  orders lamp for 40 as h2
  65 09:00  > we-noticed

A minute more is
  1 08:59  orders lamp for 40 as h11
  64 09:00  > we-noticed

A visit shows that she is not lost
  1 10:00  orders lamp for 40 as h3
  40 10:00  looks in
  104 09:00  > we-noticed

A click does as well
  1 10:00  orders lamp for 40 as h4
  40 10:00  clicks campaign spring
  104 09:00  > we-noticed

Who never ordered is not asked to stay
  1 10:00  looks in

An order in the night before ends it
  1 10:00  orders lamp for 40 as h5
  65 05:00  orders lamp for 40 as h6
  65 05:00  > ends: exit_if
  128 09:00  > we-noticed

An order told late stops the letter if it is told in time
  1 10:00  orders lamp for 40 as h7
  65 00:30  orders lamp for 40 as h8 (told 65 08:59)
  65 08:59  > ends: exit_if
  128 09:00  > we-noticed

A stranger is left alone
  1 10:00  orders lamp for 40 as h9
  64 10:00:00.000001  > turned away: only_if was false

Two months between two letters
  1 10:00  orders lamp for 40 as h10
  65 09:00  > we-noticed
  66 10:00  looks in
  130 09:00  > we-noticed
