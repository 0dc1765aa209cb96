"""Would the published kind of estimator find what the roll-out of Secure Communities does in this model?"""
