# Four months without a sign of life and ten mails in them: two letters in two weeks, then no more marketing.

Ten mails and four months
  1 10:00  looks in
  8 09:00  is sent campaign a
  15 09:00  is sent campaign b
  22 09:00  is sent campaign c
  29 09:00  is sent campaign d
  36 09:00  is sent campaign e
  43 09:00  is sent campaign f
  50 09:00  is sent campaign g
  57 09:00  is sent campaign h
  64 09:00  is sent campaign i
  71 09:00  is sent campaign j
  121 10:00  > still-interested
  128 10:00  > last-letter
  135 10:00  > ends: silenced

Nine mails are too few to tell
  1 10:00  looks in
  8 09:00  is sent campaign a
  15 09:00  is sent campaign b
  22 09:00  is sent campaign c
  29 09:00  is sent campaign d
  36 09:00  is sent campaign e
  43 09:00  is sent campaign f
  50 09:00  is sent campaign g
  57 09:00  is sent campaign h
  64 09:00  is sent campaign i

The tenth mail tells, whenever it comes
  1 10:00  looks in
  8 09:00  is sent campaign a
  15 09:00  is sent campaign b
  22 09:00  is sent campaign c
  29 09:00  is sent campaign d
  36 09:00  is sent campaign e
  43 09:00  is sent campaign f
  50 09:00  is sent campaign g
  57 09:00  is sent campaign h
  64 09:00  is sent campaign i
  131 09:00  is sent campaign j
  131 09:00  > still-interested
  138 09:00  > last-letter
  145 09:00  > ends: silenced

Who never showed any sign of life is counted from the first mail
  8 09:00  is sent campaign a, then is sent campaign b, then is sent campaign c, then is sent campaign d, then is sent campaign e
  15 09:00  is sent campaign f, then is sent campaign g, then is sent campaign h, then is sent campaign i, then is sent campaign j
  128 09:00  > still-interested
  135 09:00  > last-letter
  142 09:00  > ends: silenced

A sign of life ends it, and is the goal
  8 09:00  is sent campaign a, then is sent campaign b, then is sent campaign c, then is sent campaign d, then is sent campaign e
  15 09:00  is sent campaign f, then is sent campaign g, then is sent campaign h, then is sent campaign i, then is sent campaign j
  128 09:00  > still-interested
  130 20:00  opens a mail of sunset
  130 20:00  > ends: exit_if

A program that opens is no sign of life
  8 09:00  is sent campaign a, then is sent campaign b, then is sent campaign c, then is sent campaign d, then is sent campaign e
  15 09:00  is sent campaign f, then is sent campaign g, then is sent campaign h, then is sent campaign i, then is sent campaign j
  20 09:00  has a program open campaign j
  128 09:00  > still-interested
  135 09:00  > last-letter
  142 09:00  > ends: silenced

A visit that is told late ends it when it is told
  8 09:00  is sent campaign a, then is sent campaign b, then is sent campaign c, then is sent campaign d, then is sent campaign e
  15 09:00  is sent campaign f, then is sent campaign g, then is sent campaign h, then is sent campaign i, then is sent campaign j
  128 06:00  looks in (told 128 15:00)
  128 09:00  > still-interested
  128 15:00  > ends: exit_if

A stranger is left alone
  8 09:00  is sent campaign a, then is sent campaign b, then is sent campaign c, then is sent campaign d, then is sent campaign e
  15 09:00  is sent campaign f, then is sent campaign g, then is sent campaign h, then is sent campaign i, then is sent campaign j
  128 09:00  > turned away: only_if was false

Never twice
  8 09:00  is sent campaign a, then is sent campaign b, then is sent campaign c, then is sent campaign d, then is sent campaign e
  15 09:00  is sent campaign f, then is sent campaign g, then is sent campaign h, then is sent campaign i, then is sent campaign j
  128 09:00  > still-interested
  130 20:00  looks in
  130 20:00  > ends: exit_if
  140 09:00  is sent campaign a, then is sent campaign b, then is sent campaign c, then is sent campaign d, then is sent campaign e
  150 09:00  is sent campaign f, then is sent campaign g, then is sent campaign h, then is sent campaign i, then is sent campaign j
  250 20:00  > turned away: entered too recently
