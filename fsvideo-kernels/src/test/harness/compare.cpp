// Comparisons; the largest error over its tolerance is kept for the report.
#include "test.h"
#include <algorithm>

static double worst = -1;

double worst_of_tolerance() {
    const double result = worst;
    worst = -1;
    return result;
}

static void expect_same_size(const std::string& what, size_t actual, size_t expected) {
    if (actual != expected) throw TestFailure(text("%s: %zu values, expected %zu", what.c_str(), actual, expected));
}

void expect_close_values(const std::string& what, const std::vector<double>& actual,
                         const std::vector<double>& expected, Tolerance t) {
    expect_same_size(what, actual.size(), expected.size());
    size_t wrong = 0, first = 0;
    worst = std::max(worst, 0.0);
    for (size_t i = 0; i < expected.size(); ++i) {
        if (actual[i] == expected[i]) continue;
        const double error = std::abs(actual[i] - expected[i]), allowed = t.absolute + t.relative * std::abs(expected[i]);
        if (error <= allowed) {
            worst = std::max(worst, allowed > 0 ? error / allowed : 0.0);
            continue;
        }
        if (wrong++ == 0) first = i;
    }
    if (wrong) {
        throw TestFailure(text("%s: %zu of %zu wrong, first [%zu]: expected %.9g, got %.9g", what.c_str(), wrong,
                               expected.size(), first, expected[first], actual[first]));
    }
}

void expect_norm_values(const std::string& what, const std::vector<double>& actual,
                        const std::vector<double>& expected, double bound) {
    expect_same_size(what, actual.size(), expected.size());
    double error = 0, norm = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        norm += expected[i] * expected[i];
    }
    const double relative = std::sqrt(error / norm);
    worst = std::max(worst, relative / bound);
    if (!(relative <= bound)) {
        throw TestFailure(text("%s: relative error %.3g, must be at most %.3g", what.c_str(), relative, bound));
    }
}

void expect_row_norm_values(const std::string& what, const std::vector<double>& actual,
                            const std::vector<double>& expected, size_t dim, double bound) {
    expect_same_size(what, actual.size(), expected.size());
    for (size_t row = 0; row < expected.size(); row += dim) {
        double error = 0, norm = 0;
        for (size_t i = row; i < row + dim; ++i) {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        if (!(std::sqrt(error) <= bound * std::sqrt(norm))) {
            throw TestFailure(text("%s: row %zu: error %.3g of norm %.3g, must be at most %.3g of it", what.c_str(),
                                   row / dim, std::sqrt(error), std::sqrt(norm), bound));
        }
        if (norm > 0) worst = std::max(worst, std::sqrt(error / norm) / bound);
    }
}
