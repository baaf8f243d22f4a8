"""One request: account, budget, retries, the response, and its errors."""
