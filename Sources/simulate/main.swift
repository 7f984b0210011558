import Simulation

print("simulate: nothing to do yet")
