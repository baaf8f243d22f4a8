"""A month of daily runs on a simulated clock, and the page that shows what they printed."""
