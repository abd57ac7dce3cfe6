# One mail, at once, that asks whether the address is hers. Everybody in these stories agreed on day 0, at midnight, but strangers.

A stranger who asks for mail is asked to confirm it
  1 10:00  gives an address
  1 10:00  asks for mail
  1 10:00  > confirm-address

A stranger is asked at any hour, since it is no marketing
  1 23:30  gives an address
  1 23:30  asks for mail
  1 23:30  > confirm-address

A stranger has an hour to say where it goes
  1 10:00  asks for mail
  1 10:20  gives an address
  1 10:20  > confirm-address

A stranger who never says where gets none
  1 10:00  asks for mail
  1 11:00  > confirm-address held: no address

A stranger who asks again within a day gets no second mail
  1 10:00  gives an address
  1 10:00  asks for mail
  1 10:00  > confirm-address
  1 12:00  asks for mail
  1 12:00  > turned away: entered too recently

A stranger who asks again on another day gets a new link
  1 10:00  gives an address
  1 10:00  asks for mail
  1 10:00  > confirm-address
  3 10:00  asks for mail
  3 10:00  > confirm-address

Who agreed already is not asked
  1 10:00  asks for mail
  1 10:00  > turned away: only_if was false
