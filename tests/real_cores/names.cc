// Functions whose symbols are mangled: a method, a template, an anonymous namespace.

namespace shop {

struct Cart {
    volatile int *items;

    int total(int discount) const { return *items - discount; }
};

template <typename T> int apply(const T &cart)
{
    int result = cart.total(3);
    return result + 1;
}

} // namespace shop

namespace {

int sum(const shop::Cart &cart)
{
    int result = shop::apply(cart);
    return result + 1;
}

} // namespace

int main()
{
    shop::Cart cart{nullptr};
    return sum(cart);
}
