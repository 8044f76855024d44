"""The generator: scheduler, runner, the loop that owns the model, replicas over devices."""
