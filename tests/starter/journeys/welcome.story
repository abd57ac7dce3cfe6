# At once, after two days and after five, until she orders. Everybody in these stories agreed on day 0, at midnight.

Three letters in five days
  0 00:00  > welcome
  2 00:00  > welcome-story
  5 00:00  > welcome-offer

The first order ends it
  0 00:00  > welcome
  1 12:00  orders lamp for 40 as w1
  1 12:00  > ends: exit_if

An order that is cancelled does not bring it back
  0 00:00  > welcome
  1 12:00  orders lamp for 40 as w2
  1 12:00  > ends: exit_if
  1 13:00  cancels w2

A stranger who agrees is welcome, and has a day to say where the letters go
  1 10:00  agrees to mail
  1 10:05  gives an address
  1 10:05  > welcome
  3 10:05  > welcome-story
  6 10:05  > welcome-offer

A stranger who never says where they go gets none
  1 10:00  agrees to mail
  2 10:00  > welcome held: no address
  4 10:00  > welcome-story held: no address
  7 10:00  > welcome-offer held: no address

A stranger who bought before she agreed knows us
  1 10:00  orders lamp for 40 as w3
  1 10:01  agrees to mail
  1 10:01  > turned away: only_if was false

Agreeing again is no second welcome
  0 00:00  > welcome
  1 10:00  agrees to mail
  1 10:00  > turned away: entered too recently
  2 00:00  > welcome-story
  5 00:00  > welcome-offer

Consent told late begins when it is told
  0 00:00  > welcome
  0 12:00  wants no more mail
  0 12:00  > ends: consent withdrawn
  1 10:00  agrees to mail (told 1 20:00)
  1 10:00  > turned away: entered too recently

Taking it back ends it
  0 00:00  > welcome
  1 10:00  wants no more mail
  1 10:00  > ends: consent withdrawn
