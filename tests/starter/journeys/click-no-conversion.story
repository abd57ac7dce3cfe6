# Two hours after a click in a campaign without an order; an answer to what may hold her back two days later.
with: cart-abandonment, pricing-focus

Clicked and not bought
  1 09:00  clicks campaign spring
  1 11:00  > click-continue
  3 11:00  > click-objections

Another click starts the clock again
  1 09:00  clicks campaign spring
  1 10:00  clicks campaign easter
  1 12:00  > click-continue
  3 12:00  > click-objections

Bought within two hours
  1 09:00  clicks campaign spring
  1 11:00  orders lamp for 40 as c1

A program that clicks is nobody
  1 09:00  has a program click campaign spring

Mails of journeys are not campaigns
  1 09:00  clicks a mail of welcome

A stranger is left alone
  1 09:00  clicks campaign spring
  1 11:00  > click-no-conversion turned away: only_if was false

An order ends it
  1 09:00  clicks campaign spring
  1 11:00  > click-continue
  2 11:00  orders lamp for 40 as c2
  2 11:00  > click-no-conversion ends: exit_if

An order told late takes nothing back
  1 09:00  clicks campaign spring
  1 10:00  orders lamp for 40 as c3 (told 1 12:00)
  1 11:00  > click-continue
  3 11:00  > click-objections

A click told late is late, not lost
  1 09:00  clicks campaign spring (told 1 20:00)
  1 20:00  > click-continue
  3 20:00  > click-objections

A week between two
  1 09:00  clicks campaign spring
  1 11:00  > click-continue
  3 11:00  > click-objections
  7 09:00  clicks campaign easter
  7 11:00  > click-no-conversion turned away: entered too recently
  8 09:00  clicks campaign easter
  8 11:00  > click-continue
  10 11:00  > click-objections

A cart is a higher rung
  1 09:00  clicks campaign spring
  1 10:00  adds lamp
  1 11:00  > click-continue
  1 12:00  > click-no-conversion ends: outranked
  1 12:00  > cart-reminder
  2 12:00  > cart-help
  4 12:00  > cart-last-call

Prices are a lower one
  1 09:00  clicks campaign spring
  1 10:00  reads about prices
  1 10:30  reads about prices
  1 11:00  > click-continue
  1 11:30  > pricing-focus turned away: outranked
  3 11:00  > click-objections
