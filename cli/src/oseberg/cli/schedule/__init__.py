"""Print ready schedules for cron, systemd, Kubernetes and Airflow."""
