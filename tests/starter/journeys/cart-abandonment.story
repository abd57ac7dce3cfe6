# Two hours after the last thing was put in the cart, a day later, two days after that.

A cart left alone gets a reminder after two hours and not an instant before
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  2 12:00  > cart-help
  4 12:00  > cart-last-call

Everything added starts the clock again
  1 10:00  adds lamp
  1 11:30  adds rug
  1 13:30  > cart-reminder
  2 13:30  > cart-help
  4 13:30  > cart-last-call

Who goes on adding all day is written to after a day
  1 10:00  adds lamp
  1 11:45  adds lamp
  1 13:30  adds lamp
  1 15:15  adds lamp
  1 17:00  adds lamp
  1 18:45  adds lamp
  1 20:30  adds lamp
  1 22:15  adds lamp
  2 00:00  adds lamp
  2 01:45  adds lamp
  2 03:30  adds lamp
  2 05:15  adds lamp
  2 07:00  adds lamp
  2 08:45  adds lamp
  2 10:00  > cart-reminder
  3 10:00  > cart-help
  5 10:00  > cart-last-call

An order within the wait is no abandoned cart
  1 10:00  adds lamp
  1 11:59  orders lamp for 40 as o1

An order at the very end of the wait still counts
  1 10:00  adds lamp
  1 12:00  orders lamp for 40 as o2

An order that is cancelled never was
  1 10:00  adds lamp
  1 11:00  orders lamp for 40 as o3
  1 11:30  cancels o3
  1 12:00  > cart-reminder
  2 12:00  > cart-help
  4 12:00  > cart-last-call

A cart that was emptied is none
  1 10:00  adds 2 lamp
  1 10:30  removes lamp
  1 11:00  removes lamp
  1 12:00  > turned away: exit_if was true already

A stranger who never agreed to mail is left alone
  1 10:00  adds lamp
  1 12:00  > turned away: only_if was false

An order ends it at once, in the middle of a wait
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  1 18:00  orders lamp for 40 as o4
  1 18:00  > ends: exit_if

Emptying the cart ends it too
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  2 08:00  removes lamp
  2 08:00  > ends: exit_if

Who wants no more mail gets none
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  1 13:00  wants no more mail
  1 13:00  > ends: consent withdrawn

An order told late takes no mail back, but stops what follows
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  1 12:05  orders lamp for 40 as o5 (told 1 15:00)
  1 15:00  > ends: exit_if

A cart told late gets its mail when it is told
  1 10:00  adds lamp (told 1 16:00)
  1 16:00  > cart-reminder
  2 16:00  > cart-help
  4 16:00  > cart-last-call

A cart told more than a day late is let go
  1 10:00  adds lamp (told 2 12:30)

A week must lie between two carts
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  2 12:00  > cart-help
  4 12:00  > cart-last-call
  8 09:59  adds rug
  8 11:59  > turned away: entered too recently

After a week a cart counts again
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  2 12:00  > cart-help
  4 12:00  > cart-last-call
  8 10:00  adds rug
  8 12:00  > cart-reminder
  9 12:00  > cart-help
  11 12:00  > cart-last-call
