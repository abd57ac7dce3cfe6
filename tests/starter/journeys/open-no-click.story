# Four hours after a campaign was opened and nothing clicked; another subject line two days later.
with: click-no-conversion

Opened and not clicked
  1 09:00  opens campaign spring
  1 13:00  > open-more
  3 13:00  > open-again

A program that opens is nobody
  1 09:00  has a program open campaign spring

Mails of journeys are not campaigns
  1 09:00  opens a mail of welcome

A click within four hours
  1 09:00  opens campaign spring
  1 09:05  clicks campaign spring
  1 09:10  orders lamp for 40 as n1

Clicked in the morning, opened again at night
  1 09:00  opens campaign spring
  1 09:05  clicks campaign spring
  1 09:10  orders lamp for 40 as n2
  1 20:00  opens campaign spring
  2 00:00  > open-no-click turned away: only_if was false

A click of a program does not count
  1 09:00  opens campaign spring
  1 09:05  has a program click campaign spring
  1 13:00  > open-more
  3 13:00  > open-again

A second look starts the clock again
  1 09:00  opens campaign spring
  1 12:00  opens campaign spring
  1 16:00  > open-more
  3 16:00  > open-again

Who refuses tracking is not known to have opened
  1 08:00  refuses tracking
  1 09:00  opens campaign spring
  1 13:00  > open-no-click turned away: only_if was false

A stranger is left alone
  1 09:00  opens campaign spring
  1 13:00  > open-no-click turned away: only_if was false

A click afterwards ends it, and is a higher rung
  1 09:00  opens campaign spring
  1 13:00  > open-more
  1 14:00  clicks campaign spring
  1 14:00  > open-no-click ends: exit_if
  1 16:00  > click-continue
  3 16:00  > click-objections

An order ends it
  1 09:00  opens campaign spring
  1 13:00  > open-more
  1 14:00  orders lamp for 40 as n3
  1 14:00  > open-no-click ends: exit_if

An open told late is late, not lost
  1 09:00  opens campaign spring (told 1 18:00)
  1 18:00  > open-more
  3 18:00  > open-again

One resend a campaign, however often it is opened
  1 09:00  opens campaign spring
  1 13:00  > open-more
  3 13:00  > open-again
  5 09:00  opens campaign spring
  5 13:00  > open-no-click turned away: entered too recently
  20 09:00  opens campaign spring
  20 13:00  > open-no-click turned away: only_if was false

A week between two campaigns
  1 09:00  opens campaign spring
  1 13:00  > open-more
  3 13:00  > open-again
  7 09:00  opens campaign easter
  7 13:00  > open-no-click turned away: entered too recently
  8 09:00  opens campaign easter
  8 13:00  > open-more
  10 13:00  > open-again

An open below an active click is outranked
  1 09:00  clicks campaign spring
  1 11:00  > click-continue
  1 12:00  opens campaign easter
  1 16:00  > open-no-click turned away: outranked
  3 11:00  > click-objections
