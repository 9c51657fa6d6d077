"""Parcel lockers: what each compartment is doing, who may have it opened, and when nobody may."""
