"""Studies larger than memory: prices in partitions, tasks on this machine or on a cluster."""
