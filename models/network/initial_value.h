#pragma once

#include <cstdint>
#include <string>

#include <torch/nn/module.h>

namespace lockstep {

/// What a parameter's elements are before training: all one value, or drawn from a distribution.
struct InitialValue {
  enum class Kind {
    constant,   ///< `size` itself
    normal,     ///< mean 0, standard deviation `size`
    truncated,  ///< the same without what is beyond -2 and 2
    uniform,    ///< from -size to size
  };
  Kind kind = Kind::constant;
  double size = 0;
};

constexpr InitialValue constant(double value) { return {InitialValue::Kind::constant, value}; }
constexpr InitialValue normal(double std) { return {InitialValue::Kind::normal, std}; }
constexpr InitialValue truncated_normal(double std) { return {InitialValue::Kind::truncated, std}; }
constexpr InitialValue uniform(double bound) { return {InitialValue::Kind::uniform, bound}; }

/// Inputs that one output of a weight [out, in, ...] adds up, and outputs that one input goes to.
double fan_in(const at::Tensor& weight);
double fan_out(const at::Tensor& weight);

/// normal(sqrt(2 / fan)): He et al., "Delving deep into rectifiers", 2015.
InitialValue he_normal(double fan);
/// uniform(sqrt(6 / (in + out))): Glorot and Bengio, 2010.
InitialValue xavier_uniform(double in, double out);

/// Convolutions he_normal(fan_out) as torchvision has them for most networks, linear layers
/// uniform(1 / sqrt(fan_in)) as PyTorch has them, biases of convolutions 0, norms 1 and 0. Throws
/// Error(internal) for a parameter of a kind that it does not know.
InitialValue default_initial_value(const std::string& name, const torch::nn::Module& layer,
                                   const at::Tensor& parameter);

/// Fills `tensor` (on the CPU) from a generator of its own, seeded by (seed, name): what is drawn
/// for one parameter does not depend on the others.
void fill(at::Tensor& tensor, const InitialValue& value, std::uint64_t seed,
          const std::string& name);

}  // namespace lockstep
