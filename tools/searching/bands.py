"""How sure a difference is that was measured with a few seeds."""
import math
import statistics

# The two-sided 95 % quantiles of Student's t, by degrees of freedom from 1 on.
T95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
       2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042]


def band(values):
    """(mean, half of the 95 % interval of the mean); the half is infinite for one value."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, math.inf
    quantile = T95[min(len(values) - 1, len(T95)) - 1]
    return mean, quantile * statistics.stdev(values) / math.sqrt(len(values))
