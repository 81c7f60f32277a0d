"""An operator's part in a campaign (人工步骤): who is asked, what an answer is worth and for how long."""
