# Two looks at prices, at least a minute apart and within a week; an hour after the last one, and three days later.
with: product-abandonment

Two looks at prices
  1 10:00  reads about prices
  2 10:00  reads about prices
  2 11:00  > pricing-plans
  5 11:00  > pricing-offer

One look is none
  1 10:00  reads about prices

A page that was loaded twice is one look
  1 10:00  reads about prices
  1 10:00:59  reads about prices

A minute makes two
  1 10:00  reads about prices
  1 10:01  reads about prices
  1 11:01  > pricing-plans
  4 11:01  > pricing-offer

A week apart they are two single looks
  1 10:00  reads about prices
  8 10:00  reads about prices

A little less than a week they are not
  1 10:00  reads about prices
  8 09:59:59  reads about prices
  8 10:59:59  > pricing-plans
  11 10:59:59  > pricing-offer

A third look starts the hour again
  1 10:00  reads about prices
  1 12:00  reads about prices
  1 12:45  reads about prices
  1 13:45  > pricing-plans
  4 13:45  > pricing-offer

Bought within the hour
  1 10:00  reads about prices
  1 12:00  reads about prices
  1 13:00  orders lamp for 40 as r1

An order ends it
  1 10:00  reads about prices
  1 12:00  reads about prices
  1 13:00  > pricing-plans
  2 13:00  orders lamp for 40 as r2
  2 13:00  > pricing-focus ends: exit_if

A stranger is left alone
  1 10:00  reads about prices
  1 12:00  reads about prices
  1 13:00  > pricing-focus turned away: only_if was false

A second look told late is late, not lost
  1 10:00  reads about prices
  1 12:00  reads about prices (told 1 14:00)
  1 14:00  > pricing-plans
  4 14:00  > pricing-offer

A look is judged when it arrives: one told after it makes no second of it
  1 12:00  reads about prices
  1 10:00  reads about prices (told 1 12:30)

A week between two
  1 10:00  reads about prices
  1 12:00  reads about prices
  1 13:00  > pricing-plans
  4 13:00  > pricing-offer
  6 10:00  reads about prices
  6 11:00  > pricing-focus turned away: entered too recently
  8 12:30  reads about prices
  8 13:30  > pricing-plans
  11 13:30  > pricing-offer

A product below is outranked
  1 10:00  reads about prices
  1 12:00  reads about prices
  1 13:00  > pricing-plans
  1 14:00  looks at lamp for 45 s
  1 16:00  > product-abandonment turned away: outranked
  4 13:00  > pricing-offer
