"""How fast is the engine? The same pathway in Mesa and in SimPy, and a floor that nothing can go under."""
