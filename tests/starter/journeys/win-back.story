# When she becomes a former customer: at once, a week later, two weeks after that.

Ninety days without an order, a visit or a mail of ours that she cared for
  1 10:00  orders lamp for 40 as k1
  91 10:00  > win-back-hello
  98 10:00  > win-back-news
  112 10:00  > win-back-offer

A visit keeps her a customer, until it too is ninety days ago
  1 10:00  orders lamp for 40 as k2
  61 10:00  looks in
  151 10:00  > win-back-hello
  158 10:00  > win-back-news
  172 10:00  > win-back-offer

So does a click
  1 10:00  orders lamp for 40 as k3
  61 10:00  clicks campaign spring
  151 10:00  > win-back-hello
  158 10:00  > win-back-news
  172 10:00  > win-back-offer

One open is not much
  1 10:00  orders lamp for 40 as k4
  61 10:00  opens campaign spring
  91 10:00  > win-back-hello
  98 10:00  > win-back-news
  112 10:00  > win-back-offer

Who never ordered cannot be won back
  1 10:00  looks in

An order ends it
  1 10:00  orders lamp for 40 as k5
  91 10:00  > win-back-hello
  95 10:00  orders rug for 40 as k6
  95 10:00  > ends: exit_if
  185 10:00  > turned away: entered too recently

An order told late ends it when it is told
  1 10:00  orders lamp for 40 as k7
  91 10:00  > win-back-hello
  91 12:00  orders rug for 40 as k8 (told 91 18:00)
  91 18:00  > ends: exit_if
  181 12:00  > turned away: entered too recently

A stranger is left alone
  1 10:00  orders lamp for 40 as k9
  91 10:00  > turned away: only_if was false

Half a year between two
  1 10:00  orders lamp for 40 as k10
  91 10:00  > win-back-hello
  98 10:00  > win-back-news
  112 10:00  > win-back-offer
  182 10:00  orders rug for 40 as k11
  272 10:00  > win-back-hello
  279 10:00  > win-back-news
  293 10:00  > win-back-offer
