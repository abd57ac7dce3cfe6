"""What operators may be, the least first. All pages so far need only somebody who is signed in."""

ROLES = ("viewer", "marketer", "engineer", "admin")
