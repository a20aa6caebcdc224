#pragma once

#include <QString>

#include <vector>

#include "core/site/site.h"

namespace signalbox::ui {

/// A site that ships inside the program.
struct SiteTemplate {
    QString id;     ///< "load-balancer"
    QString title;  ///< "Load balancer"
    QString text;   ///< one sentence
};

[[nodiscard]] const std::vector<SiteTemplate>& siteTemplates();
/// The template's site, read anew.
[[nodiscard]] site::Site templateSite(const QString& id, const site::Catalog& catalog);
/// A site with nothing in it but its version.
[[nodiscard]] site::Site emptySite();

}  // namespace signalbox::ui
