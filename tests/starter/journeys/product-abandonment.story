# Two hours after a product was read about for half a minute, and a day later.
with: cart-abandonment, search-abandonment

Half a minute on a page is a look
  1 10:00  looks at lamp for 30 s
  1 12:00  > product-details
  2 12:00  > product-related

Less than half a minute is none
  1 10:00  looks at lamp for 29.999 s

Several short looks make no long one
  1 10:00  looks at lamp for 20 s
  1 10:05  looks at lamp for 20 s

Another long look at the same thing starts the clock again
  1 10:00  looks at lamp for 45 s
  1 11:00  looks at lamp for 45 s
  1 13:00  > product-details
  2 13:00  > product-related

Each product has a clock of its own, and the first to ring is the one she is written to about
  1 10:00  looks at lamp for 45 s
  1 11:00  looks at rug for 45 s
  1 12:00  > product-details
  1 13:00  > product-abandonment turned away: entered too recently
  2 12:00  > product-related

Put in the cart it is not left behind
  1 10:00  looks at lamp for 45 s
  1 11:59  adds lamp
  1 13:59  > cart-reminder
  2 13:59  > cart-help
  4 13:59  > cart-last-call

Something else in the cart does not matter, until the cart itself is left
  1 10:00  looks at lamp for 45 s
  1 11:00  adds rug
  1 12:00  > product-details
  1 13:00  > product-abandonment ends: outranked
  1 13:00  > cart-reminder
  2 13:00  > cart-help
  4 13:00  > cart-last-call

Bought without a cart it is not left behind either
  1 10:00  looks at lamp for 45 s
  1 11:00  orders lamp for 40 as p1

An order of something else does not end it
  1 10:00  looks at lamp for 45 s
  1 12:00  > product-details
  1 14:00  orders rug for 40 as p2
  2 12:00  > product-related

An order of this very thing does
  1 10:00  looks at lamp for 45 s
  1 12:00  > product-details
  1 14:00  orders lamp for 40 as p3
  1 14:00  > product-abandonment ends: exit_if

Sold out meanwhile, it is no longer spoken of
  1 10:00  looks at vase for 45 s
  1 12:00  > product-details
  1 18:00  vase: 1 → 0 in stock
  1 18:00  > product-abandonment ends: exit_if

Sold out before, it is not spoken of at all
  1 18:30  looks at vase for 45 s
  1 20:30  > product-abandonment turned away: exit_if was true already

A look told late still counts on the same day
  1 10:00  looks at lamp for 45 s (told 1 15:00)
  1 15:00  > product-details
  2 15:00  > product-related

A cart told late makes the mail one too many, and nothing follows it
  1 10:00  looks at lamp for 45 s
  1 12:00  > product-details
  1 11:00  adds lamp (told 1 12:30)
  1 13:00  > product-abandonment ends: outranked
  1 13:00  > cart-reminder
  2 13:00  > cart-help
  4 13:00  > cart-last-call

A stranger is left alone
  1 10:00  looks at lamp for 45 s
  1 12:00  > product-abandonment turned away: only_if was false

One product a week
  1 10:00  looks at lamp for 45 s
  1 12:00  > product-details
  2 12:00  > product-related
  8 09:59  looks at rug for 45 s
  8 11:59  > product-abandonment turned away: entered too recently
  8 10:30  looks at bulb for 45 s
  8 12:30  > product-details
  9 12:30  > product-related

A search below is outranked
  1 10:00  looks at lamp for 45 s
  1 12:00  > product-details
  1 13:00  searches rugs, 12 results
  1 13:30  > search-abandonment turned away: outranked
  2 12:00  > product-related
