"""Read what Mixpanel sends: lines, JSON, and the two time worlds."""
