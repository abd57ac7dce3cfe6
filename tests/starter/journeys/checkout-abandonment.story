# An hour after the till, and a day later. The highest rung: it ends every reminder below it.
with: cart-abandonment

A till left alone gets help after an hour
  1 10:00  goes to the till
  1 11:00  > checkout-reminder
  2 11:00  > checkout-help

Another try at the till starts the hour again
  1 10:00  goes to the till
  1 10:59  goes to the till
  1 11:59  > checkout-reminder
  2 11:59  > checkout-help

Who pays within the hour is left alone
  1 10:00  goes to the till
  1 11:00  orders lamp for 40 as o1

A stranger at the till is left alone
  1 10:00  goes to the till
  1 11:00  > checkout-abandonment turned away: only_if was false

An order ends it at once
  1 10:00  goes to the till
  1 11:00  > checkout-reminder
  1 20:00  orders lamp for 40 as o2
  1 20:00  > checkout-abandonment ends: exit_if

An order told late takes nothing back and stops what follows
  1 10:00  goes to the till
  1 11:00  > checkout-reminder
  1 11:30  orders lamp for 40 as o3 (told 1 14:00)
  1 14:00  > checkout-abandonment ends: exit_if

A week must lie between two tills
  1 10:00  goes to the till
  1 11:00  > checkout-reminder
  2 11:00  > checkout-help
  8 09:30  goes to the till
  8 10:30  > checkout-abandonment turned away: entered too recently
  8 12:00  goes to the till
  8 13:00  > checkout-reminder
  9 13:00  > checkout-help

A cart below an open till is outranked
  1 10:00  adds lamp
  1 10:30  goes to the till
  1 11:30  > checkout-reminder
  1 12:00  > cart-abandonment turned away: outranked
  2 11:30  > checkout-help

The till ends the reminders of a cart
  1 10:00  adds lamp
  1 12:00  > cart-reminder
  1 15:00  goes to the till
  1 16:00  > cart-abandonment ends: outranked
  1 16:00  > checkout-reminder
  2 16:00  > checkout-help
