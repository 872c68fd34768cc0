#pragma once

#include "core/names.h"
#include "imaging/pixels/geometry.h"

namespace lockstep {

/// Shapes that differ however they are turned.
enum class Shape { disc, square, triangle, ring, cross, bar, star, half, pair, corner };
inline constexpr EnumName<Shape> kShapeNames[] = {
    {Shape::disc, "disc"},     {Shape::square, "square"}, {Shape::triangle, "triangle"},
    {Shape::ring, "ring"},     {Shape::cross, "cross"},   {Shape::bar, "bar"},
    {Shape::star, "star"},     {Shape::half, "half"},  // half a disc
    {Shape::pair, "pair"},                             // two small discs
    {Shape::corner, "corner"},
};
constexpr std::span<const EnumName<Shape>> enum_names(Shape) { return kShapeNames; }

/// How far `p` is from the outline of a shape that fills the unit circle around the origin:
/// negative inside. Exact near the outline but for corners. Arithmetic and square roots alone,
/// which are the same on every machine.
double outline_distance(Shape shape, Point p);

}  // namespace lockstep
