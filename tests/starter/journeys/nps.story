# Two weeks after an order arrived, at most twice a year; the answer decides what follows.

Asked, and not answered
  1 10:00  orders lamp for 40 as s1
  3 10:00  gets s1
  17 10:00  > nps-survey
  31 10:00  > ends: no answer

Nobody says when it was delivered
  1 10:00  orders lamp for 40 as s2
  18 10:00  > nps-survey
  32 10:00  > ends: no answer

Nine is asked for a review, at the instant of the answer
  1 10:00  orders lamp for 40 as s3
  3 10:00  gets s3
  17 10:00  > nps-survey
  18 12:34  answers 9
  18 12:34  > nps-review

Seven is offered something
  1 10:00  orders lamp for 40 as s4
  3 10:00  gets s4
  17 10:00  > nps-survey
  18 10:00  answers 7
  18 10:00  > nps-offer

Six is for support
  1 10:00  orders lamp for 40 as s5
  3 10:00  gets s5
  17 10:00  > nps-survey
  18 10:00  answers 6
  18 10:00  > nps-support

So is zero
  1 10:00  orders lamp for 40 as s6
  3 10:00  gets s6
  17 10:00  > nps-survey
  18 10:00  answers 0
  18 10:00  > nps-support

An answer of last year is none to this question
  1 10:00  answers 10
  1 10:00  orders lamp for 40 as s7
  3 10:00  gets s7
  17 10:00  > nps-survey
  31 10:00  > ends: no answer

An answer told late counts when it is told
  1 10:00  orders lamp for 40 as s8
  3 10:00  gets s8
  17 10:00  > nps-survey
  18 10:00  answers 9 (told 18 20:00)
  18 20:00  > nps-review

A cancelled order is not asked about
  1 10:00  orders lamp for 40 as s9
  3 10:00  gets s9
  10 10:00  cancels s9
  17 10:00  > turned away: only_if was false

What was given back is not asked about any more
  1 10:00  orders lamp for 40 as s10
  3 10:00  gets s10
  17 10:00  > nps-survey
  20 10:00  gives s10 back
  20 10:00  > ends: exit_if

A stranger is left alone
  1 10:00  orders lamp for 40 as s11
  3 10:00  gets s11
  17 10:00  > turned away: only_if was false

Half a year between two questions
  1 10:00  orders lamp for 40 as s12
  3 10:00  gets s12
  17 10:00  > nps-survey
  31 10:00  > ends: no answer
  160 10:00  orders rug for 40 as s13
  163 10:00  gets s13
  177 10:00  > turned away: entered too recently
  181 10:00  orders rug for 40 as s14
  183 10:00  gets s14
  197 10:00  > nps-survey
  211 10:00  > ends: no answer
