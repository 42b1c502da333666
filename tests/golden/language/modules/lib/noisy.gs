print("loading noisy")
