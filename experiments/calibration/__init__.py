"""Which parameters of the community do published patterns identify?"""
