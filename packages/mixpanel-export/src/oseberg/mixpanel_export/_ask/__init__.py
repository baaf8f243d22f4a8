"""Ask Mixpanel: the account, requests within its limits, retries, and a heavy day in pieces."""
