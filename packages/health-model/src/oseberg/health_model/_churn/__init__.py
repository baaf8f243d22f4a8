"""Companies over time: alarms, and what cancellations teach about them."""
