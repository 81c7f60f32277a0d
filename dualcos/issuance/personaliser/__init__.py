"""The personalisation body (个人化机构): batches become cards, in card files or in readers. Holds no party's keys."""
