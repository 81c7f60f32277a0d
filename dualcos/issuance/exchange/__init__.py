"""What passes between the parties: input files, matching, personalisation and feedback files, orders for a card."""
