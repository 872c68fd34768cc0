#pragma once

#include <ATen/core/TensorBody.h>

namespace lockstep {

/// While it lives, keeps the last feature map of a network's forward pass in this thread: what is
/// taken the mean of over the image, or becomes a vector. What follows is computed from the map as
/// it is kept, so that gradients with respect to it can be asked for. One at a time.
///
///     MapTap tap;
///     const at::Tensor outputs = model->forward(images);
///     const at::Tensor map = tap.map();   // [B, C, h, w]
class MapTap {
 public:
  MapTap();
  ~MapTap();
  MapTap(const MapTap&) = delete;
  MapTap& operator=(const MapTap&) = delete;

  /// A leaf that requires gradients; undefined where the network makes no map.
  const at::Tensor& map() const { return map_; }

  /// For last_map() alone.
  static at::Tensor keep(const at::Tensor& map);

 private:
  at::Tensor map_;
};

/// The map [B, C, h, w] after taps have seen it: how a network passes on its last feature map.
inline at::Tensor last_map(const at::Tensor& map) { return MapTap::keep(map); }

}  // namespace lockstep
