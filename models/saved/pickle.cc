#include "models/saved/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>

#include "core/error.h"

namespace lockstep {
namespace {

using Kind = PickleValue::Kind;

/// Far more than the state of any network needs; a value takes some hundred bytes here, and one
/// byte in a hostile file.
constexpr std::size_t kMostValues = 1u << 20;
/// Of a call, and of a reference to a storage: both are copied.
constexpr std::size_t kMostArguments = 64;
constexpr std::size_t kLongestName = 128;

constexpr std::array<std::string_view, 4> kRebuild = {
    "torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter", "torch._tensor _rebuild_from_type_v2"};

/// What may be named: containers, storages, and what rebuilds a tensor.
bool is_allowed(std::string_view name) {
  constexpr std::array<std::string_view, 3> kContainers = {"collections OrderedDict", "torch Size",
                                                           "torch.nn.parameter Parameter"};
  return std::ranges::find(kRebuild, name) != kRebuild.end() ||
         std::ranges::find(kContainers, name) != kContainers.end() ||
         (name.starts_with("torch ") && name.ends_with("Storage"));
}

}  // namespace

/// The stack machine.
class PickleReader {
 public:
  PickleReader(Pickle& pickle, std::span<const std::byte> bytes) : pickle_(pickle), bytes_(bytes) {}

  void run() {
    while (!step(static_cast<unsigned char>(take(1)[0]))) {
    }
    pickle_.root_ = pop();
    pickle_.size_ = at_;
  }

 private:
  template <typename... Args>
  static void require(bool good, MessageFormat<Args...> format, const Args&... args) {
    check<Args...>(good, ExitCode::data, format, args...);
  }

  std::string_view take(std::uint64_t count) {
    require(count <= bytes_.size() - at_, "the pickle ends at byte {}, {} more were expected",
            bytes_.size(), count - (bytes_.size() - at_));
    const auto* begin = reinterpret_cast<const char*>(bytes_.data() + at_);
    at_ += count;
    return {begin, static_cast<std::size_t>(count)};
  }

  template <typename Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view line() {
    const auto* begin = reinterpret_cast<const char*>(bytes_.data() + at_);
    const std::string_view rest(begin, bytes_.size() - at_);
    const std::size_t end = rest.find('\n');
    require(end != std::string_view::npos, "a line of the pickle does not end");
    at_ += end + 1;
    return rest.substr(0, end);
  }

  PickleValue* make(Kind kind) {
    require(pickle_.values_.size() < kMostValues,
            "the pickle has more than {} values, which is no state of a network", kMostValues);
    pickle_.values_.push_back({.kind = kind, .text = {}, .items = {}});
    return &pickle_.values_.back();
  }
  void push_integer(std::int64_t value) { push(make(Kind::integer))->integer = value; }
  void push_boolean(bool value) { push(make(Kind::boolean))->integer = value; }
  void push_text(std::string_view text) { push(make(Kind::text))->text = text; }

  PickleValue* push(PickleValue* value) {
    stack_.push_back(value);
    return value;
  }
  PickleValue* top() {
    require(!stack_.empty() && stack_.back() != nullptr, "the pickle takes what it has not put");
    return stack_.back();
  }
  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }
  /// What was put since the last mark, which a nullptr is.
  std::vector<const PickleValue*> pop_to_mark() {
    const auto mark = std::find(stack_.rbegin(), stack_.rend(), nullptr);
    require(mark != stack_.rend(), "the pickle goes back to a mark that it has not set");
    std::vector<const PickleValue*> items(mark.base(), stack_.end());
    stack_.erase(mark.base() - 1, stack_.end());
    return items;
  }
  void push_list(std::vector<const PickleValue*> items) {
    push(make(Kind::list))->items = std::move(items);
  }
  void push_tuple(std::size_t count) {
    std::vector<const PickleValue*> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push_list(std::move(items));
  }
  void push_dict(std::vector<const PickleValue*> items) {
    require(items.size() % 2 == 0, "a dictionary of the pickle has a key without a value");
    push(make(Kind::dict))->items = std::move(items);
  }
  void extend(Kind kind, const std::vector<const PickleValue*>& items) {
    PickleValue* container = top();
    require(container->kind == kind, "the pickle adds to what is no list or dictionary");
    require(kind != Kind::dict || items.size() % 2 == 0,
            "a dictionary of the pickle has a key without a value");
    container->items.insert(container->items.end(), items.begin(), items.end());
  }
  std::vector<const PickleValue*> popped(std::size_t count) {
    push_tuple(count);
    return pop()->items;
  }

  void push_global(std::string_view module, std::string_view name) {
    // A long name could be repeated from the memo by a few bytes each.
    require(module.size() + name.size() <= kLongestName, "the pickle asks for a name of {} bytes",
            module.size() + name.size());
    const std::string full = std::string(module) + " " + std::string(name);
    require(is_allowed(full),
            "it asks for '{}.{}', and only tensors in plain containers are read, since anything "
            "else would be run. In Python, save the state alone: "
            "torch.save(model.state_dict(), FILE)",
            module, name);
    push(make(Kind::global))->text = full;
  }

  /// REDUCE: a call of an allowed name.
  void call() {
    const PickleValue* arguments = pop();
    const PickleValue* callee = pop();
    require(callee->kind == Kind::global && arguments->kind == Kind::list,
            "the pickle calls what is no function");
    const std::string& name = callee->text;
    const auto& items = arguments->items;
    require(items.size() <= kMostArguments, "the pickle calls '{}' with {} arguments", name,
            items.size());
    if (name == "collections OrderedDict") {
      require(items.empty(), "an OrderedDict of the pickle has arguments");
      push(make(Kind::dict));
    } else if (name == "torch Size") {
      require(items.size() == 1 && items[0]->kind == Kind::list &&
                  items[0]->items.size() <= kMostArguments,
              "a torch.Size is no list of sizes");
      push_list(items[0]->items);
    } else if (name == "torch._utils _rebuild_parameter") {
      require(!items.empty() && items[0]->kind == Kind::tensor, "a parameter is no tensor");
      push(make(Kind::tensor))->items = items[0]->items;
    } else if (name == "torch._utils _rebuild_tensor_v2" ||
               name == "torch._utils _rebuild_tensor") {
      push(make(Kind::tensor))->items = items;
    } else {
      require(false, "the pickle calls '{}', which rebuilds no plain tensor", name);
    }
  }

  void put(std::uint64_t slot) { memo_[slot] = top(); }
  void get(std::uint64_t slot) {
    const auto found = memo_.find(slot);
    require(found != memo_.end(), "the pickle takes the value {}, which it has not kept", slot);
    push(found->second);
  }

  void push_long(std::uint64_t count) {
    const std::string_view digits = take(count);
    require(count <= 8, "a whole number of the pickle has {} bytes", count);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(digits[i])} << (8 * i);
    }
    const bool negative = count > 0 && count < 8 && (digits[count - 1] & 0x80) != 0;
    if (negative) value |= ~std::uint64_t{0} << (8 * count);
    push_integer(static_cast<std::int64_t>(value));
  }

  void push_real() {
    std::uint64_t bits = 0;
    for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
    push(make(Kind::real))->real = std::bit_cast<double>(bits);
  }

  /// True at the pickle's end.
  bool step(unsigned char opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        require(number<std::uint8_t>() <= 5, "the pickle's protocol is not known");
        break;
      case 0x95:  // FRAME
        take(8);
        break;
      case '.':  // STOP
        return true;
      case '(':  // MARK
        stack_.push_back(nullptr);
        break;
      case '0':  // POP
        pop();
        break;
      case 'N':
        push(make(Kind::none));
        break;
      case 0x88:
      case 0x89:
        push_boolean(opcode == 0x88);
        break;
      case '}':
        push(make(Kind::dict));
        break;
      case ']':
      case ')':
        push(make(Kind::list));
        break;
      case 't':
      case 'l':
        push_list(pop_to_mark());
        break;
      case 'd':
        push_dict(pop_to_mark());
        break;
      case 0x85:
      case 0x86:
      case 0x87:
        push_tuple(opcode - 0x84u);
        break;
      case 'a':
        extend(Kind::list, popped(1));
        break;
      case 'e':
        extend(Kind::list, pop_to_mark());
        break;
      case 's':
        extend(Kind::dict, popped(2));
        break;
      case 'u':
        extend(Kind::dict, pop_to_mark());
        break;
      default:
        return read_scalar(opcode);
    }
    return false;
  }

  bool read_scalar(unsigned char opcode) {
    switch (opcode) {
      case 'J':
        push_integer(number<std::int32_t>());
        break;
      case 'K':
        push_integer(number<std::uint8_t>());
        break;
      case 'M':
        push_integer(number<std::uint16_t>());
        break;
      case 0x8a:
        push_long(number<std::uint8_t>());
        break;
      case 0x8b:
        push_long(number<std::uint32_t>());
        break;
      case 'G':
        push_real();
        break;
      case 0x8c:
      case 'U':
      case 'C':
        push_text(take(number<std::uint8_t>()));
        break;
      case 'X':
      case 'T':
      case 'B':
        push_text(take(number<std::uint32_t>()));
        break;
      case 0x8d:
      case 0x8e:
        push_text(take(number<std::uint64_t>()));
        break;
      default:
        read_reference(opcode);
    }
    return false;
  }

  void read_reference(unsigned char opcode) {
    switch (opcode) {
      case 'q':
        return put(number<std::uint8_t>());
      case 'r':
        return put(number<std::uint32_t>());
      case 0x94:  // MEMOIZE
        return put(memo_.size());
      case 'h':
        return get(number<std::uint8_t>());
      case 'j':
        return get(number<std::uint32_t>());
      case 'c': {
        const std::string_view module = line();
        return push_global(module, line());
      }
      case 0x93: {  // STACK_GLOBAL
        const PickleValue* name = pop();
        const PickleValue* module = pop();
        require(name->kind == Kind::text && module->kind == Kind::text,
                "a name in the pickle is no text");
        return push_global(module->text, name->text);
      }
      case 'Q': {  // BINPERSID: torch.save's reference to a storage
        const PickleValue* id = pop();
        require(id->kind == Kind::list && id->items.size() <= kMostArguments,
                "a reference of the pickle is none to a storage");
        push(make(Kind::storage))->items = id->items;
        return;
      }
      case 'R':
        return call();
      case 'b': {  // BUILD: of the attributes of an OrderedDict, none matters
        pop();
        require(top()->kind == Kind::dict, "the pickle sets attributes of what is no container");
        return;
      }
      default:
        require(false,
                "the pickle has the operation 0x{:02x} at byte {}, which tensors in plain "
                "containers do not need; it is damaged, or holds other objects",
                static_cast<int>(opcode), at_ - 1);
    }
  }

  Pickle& pickle_;
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::vector<PickleValue*> stack_;
  std::map<std::uint64_t, PickleValue*> memo_;
};

const PickleValue* PickleValue::find(std::string_view key) const {
  if (kind != Kind::dict) return nullptr;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i]->kind == Kind::text && items[i]->text == key) return items[i + 1];
  }
  return nullptr;
}

Pickle::Pickle(std::span<const std::byte> bytes) { PickleReader(*this, bytes).run(); }

}  // namespace lockstep
