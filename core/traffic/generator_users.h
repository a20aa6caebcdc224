#pragma once

#include "core/traffic/generator.h"

namespace signalbox::traffic {

/// A closed user: sends, waits for the answer, thinks.
struct Generator::User {
    User(Generator& owner, int place)
        : generator(owner),
          number(place),
          thinking(
              owner.m_reactor,
              [](void* self) {
                  User& user = *static_cast<User*>(self);
                  user.generator.userDue(user);
              },
              this, net::Timer::Precision::Precise)
    {}

    Generator& generator;
    int number;
    net::Timer thinking;
};

}  // namespace signalbox::traffic
