#include "ui/inspector/inspector.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedLayout>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "core/site/value_path.h"
#include "ui/bridge/slot_name.h"
#include "ui/inspector/faults_tab.h"
#include "ui/inspector/live_tab.h"
#include "ui/inspector/param_form.h"
#include "ui/inspector/why_card.h"
#include "ui/inspector/yaml_tab.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr std::size_t kMostTrouble = 200;

/// The kind of an element by the list it stands in.
struct Kind {
    QString word;
    QString iconName;
};

Kind kindOf(const SiteDocument& document, const QString& path)
{
    const QString list = path.section(u'/', -2, -2);
    if (list == u"listeners") {
        const bool gateway = fields::textOf(document, path + QStringLiteral("/role")) == u"api-gateway";
        return gateway ? Kind{QStringLiteral("API gateway"), QStringLiteral("shield")} : Kind{QStringLiteral("Load balancer"), QStringLiteral("split")};
    }
    if (list == u"routes") {
        return {QStringLiteral("Route of %1").arg(path.section(u'/', 1, 1)), QStringLiteral("route")};
    }
    if (list == u"pools") {
        return {QStringLiteral("Pool"), QStringLiteral("split")};
    }
    if (list == u"backends") {
        return {QStringLiteral("Backend of %1").arg(path.section(u'/', 1, 1)), QStringLiteral("server")};
    }
    if (list == u"mocks") {
        return {QStringLiteral("Mock"), QStringLiteral("mock")};
    }
    if (list == u"traffic") {
        return {QStringLiteral("Traffic scenario"), QStringLiteral("activity")};
    }
    if (list == u"consumers") {
        return {QStringLiteral("Consumer"), QStringLiteral("user")};
    }
    return {QStringLiteral("Element"), QStringLiteral("info")};
}

/// The mock that a backend stands on, by name or by its address; the mock itself; or nothing.
QString mockBehind(const SiteDocument& document, const QString& path)
{
    if (path.startsWith(QLatin1String("mocks/"))) {
        return path;
    }
    if (path.section(u'/', -2, -2) != u"backends") {
        return {};
    }
    const QString address = fields::textOf(document, path + QStringLiteral("/address"));
    for (const QString& name : fields::namesOf(document, "mocks")) {
        const QString mock = QStringLiteral("mocks/") + name;
        if (address == QStringLiteral("mock:") + name || (!address.isEmpty() && address == fields::textOf(document, mock + QStringLiteral("/bind")))) {
            return mock;
        }
    }
    return {};
}

const ObjectSpec* objectAt(const SiteDocument& document, const QString& path)
{
    const ParamSpec* spec = site::specAt(document.site(), document.catalog(), path.toStdString());
    return spec != nullptr && spec->kind == ParamKind::NamedList && fields::valueOf(document, path) != nullptr ? spec->object : nullptr;
}

}  // namespace

Inspector::Inspector(SiteDocument& document, EngineBridge& bridge, QWidget* parent) : QWidget(parent), m_document(document), m_bridge(bridge)
{
    setObjectName(QStringLiteral("inspector"));
    setAccessibleName(QStringLiteral("Inspector"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setObjectName(QStringLiteral("inspector-splitter"));
    splitter->setChildrenCollapsible(false);
    auto* upper = new Panel(Panel::Fill::Surface, splitter);
    m_stack = new QStackedLayout(upper);
    m_stack->addWidget(new EmptyState(QStringLiteral("info"), QStringLiteral("Nothing selected"),
                                      QStringLiteral("Select a node or a line of the drawing to see and change it here."), upper));
    auto* page = new QWidget(upper);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHeader());
    makeTabs();
    column->addWidget(m_tabs, 1);
    m_stack->addWidget(page);
    m_why = new WhyCard(splitter);
    splitter->addWidget(upper);
    splitter->addWidget(m_why);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({560, 190});
    m_why->setMinimumHeight(96);
    upper->setMinimumHeight(160);
    layout->addWidget(splitter);
    connect(&document, &SiteDocument::changed, this, &Inspector::documentChanged);
    connect(&bridge, &EngineBridge::stateChanged, this, [this] {
        if (m_bridge.state() == EngineBridge::State::Starting) {
            m_trouble.clear();
        }
        updateHeader();
    });
    connect(&bridge, &EngineBridge::faultsChanged, this, &Inspector::updateHeader);
    connect(&bridge, &EngineBridge::tracesTaken, this, [this](const auto& traces) { watch(*traces); });
    show({});
}

Inspector::~Inspector() = default;

QWidget* Inspector::makeHeader()
{
    auto* header = new QWidget(this);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(16, 12, 12, 8);
    row->setSpacing(10);
    m_icon = new QLabel(header);
    m_icon->setFixedSize(24, 24);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    auto* column = new QVBoxLayout;
    column->setSpacing(2);
    m_name = new QLineEdit(header);
    describe(m_name, QStringLiteral("inspector-name"), QStringLiteral("Name"), QStringLiteral("Name. Everything that refers to it follows."));
    m_name->setFrame(false);
    m_name->setTextMargins(-6, 0, 0, 0);  // in line with the kind below it
    const auto restyle = [this] {
        m_name->setFont(Theme::instance().font(Theme::TextRole::Panel));
        updateHeader();
    };
    m_kind = new ElidedLabel({}, Theme::TextRole::Small, true, header);
    m_kind->setObjectName(QStringLiteral("inspector-kind"));
    column->addWidget(m_name);
    column->addWidget(m_kind);
    row->addLayout(column, 1);
    restyle();
    connect(&Theme::instance(), &Theme::changed, this, restyle);
    connect(m_name, &QLineEdit::editingFinished, this, &Inspector::commitName);
    return header;
}

void Inspector::makeTabs()
{
    m_tabs = new QTabWidget(this);
    m_tabs->setObjectName(QStringLiteral("inspector-tabs"));
    m_tabs->setDocumentMode(true);
    m_configArea = new QScrollArea(this);
    m_configArea->setObjectName(QStringLiteral("inspector-config"));
    m_configArea->setFrameShape(QFrame::NoFrame);
    m_configArea->setWidgetResizable(true);
    m_configArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_live = new LiveTab(m_document, m_bridge, this);
    m_faults = new FaultsTab(m_bridge, this);
    m_yaml = new YamlTab(m_document, this);
    m_tabs->addTab(m_configArea, QStringLiteral("Config"));
    m_tabs->addTab(m_live, QStringLiteral("Live"));
    m_tabs->addTab(m_faults, QStringLiteral("Faults"));
    m_tabs->addTab(m_yaml, QStringLiteral("YAML"));
    connect(m_yaml, &YamlTab::renamed, this, [this](const QString& path) {
        show(path);
        Q_EMIT navigated(path);
    });
}

void Inspector::show(const QString& path)
{
    const bool same = path == m_path;
    if (!same) {
        m_yaml->commit();
    }
    m_path = path;
    if (!same) {
        m_pinnedTrace = false;
        m_name->setText(fields::textOf(m_document, path + QStringLiteral("/name")));
        rebuildForm();
    }
    updateHeader();
    updateTabs();
    updateWhy();
}

void Inspector::showTrace(const stats::DecisionTrace& trace)
{
    m_pinnedTrace = true;
    m_why->show(trace, {});
}

void Inspector::documentChanged(const QStringList& paths)
{
    const bool there = objectAt(m_document, m_path) != nullptr;
    const bool everything = paths.isEmpty();
    const bool mockMoved = mockBehind(m_document, m_path) != m_mockPath;
    if (!there || !m_config || mockMoved || (everything && !m_config->findChild<ParamForm*>())) {
        rebuildForm();
    } else {
        for (ParamForm* form : m_config->findChildren<ParamForm*>(QString(), Qt::FindDirectChildrenOnly)) {
            form->refresh();
        }
    }
    updateHeader();
    updateTabs();
}

void Inspector::rebuildForm()
{
    m_mockPath = mockBehind(m_document, m_path);
    const ObjectSpec* spec = objectAt(m_document, m_path);
    m_stack->setCurrentIndex(spec != nullptr ? 1 : 0);
    auto* page = new Panel(Panel::Fill::Surface);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(16, 12, 8, 16);
    layout->setSpacing(12);
    // Lives as long as the page: the forms below hold a reference to it.
    struct Holder : QObject {
        Holder(QObject* owner, FormContext made) : QObject(owner), context(std::move(made)) {}
        FormContext context;
    };
    auto* holder = new Holder(page, FormContext{m_document, [this](const QString& path) {
                                                    show(path);
                                                    Q_EMIT navigated(path);
                                                }});
    if (spec != nullptr) {
        layout->addWidget(new ParamForm(holder->context, m_path, *spec, {}, page));
        if (!m_mockPath.isEmpty() && m_mockPath != m_path) {
            layout->addWidget(makeLine(Qt::Horizontal, page));
            layout->addWidget(new TextLabel(QStringLiteral("Mock behind it: %1").arg(m_mockPath.section(u'/', 1)), Theme::TextRole::Section, false, page));
            layout->addWidget(new ParamForm(holder->context, m_mockPath, site::mockSpec(), {}, page));
        }
    }
    layout->addStretch();
    m_config = page;
    if (QWidget* old = m_configArea->takeWidget()) {
        // An edit of one of its own fields may have led here.
        old->deleteLater();
    }
    m_configArea->setWidget(page);
}

void Inspector::updateHeader()
{
    if (m_path.isEmpty() || m_kind == nullptr || m_name == nullptr) {
        return;
    }
    const Kind kind = kindOf(m_document, m_path);
    m_icon->setPixmap(iconPixmap(kind.iconName, 22, tokens().text, devicePixelRatioF()));
    const QString name = fields::textOf(m_document, m_path + QStringLiteral("/name"));
    if (!m_name->hasFocus() || m_name->text().isEmpty()) {
        m_name->setText(name);
    }
    QStringList parts{kind.word};
    if (m_path.startsWith(QLatin1String("listeners/")) && m_path.count(u'/') == 1) {
        const QString address = m_bridge.listenerAddress(name);
        parts << (m_bridge.isRunning() && !address.isEmpty() ? QStringLiteral("listening on %1").arg(address) : QStringLiteral("not running"));
    } else if (m_path.startsWith(QLatin1String("traffic/"))) {
        parts << (m_bridge.trafficRunning(name) ? QStringLiteral("running") : QStringLiteral("not running"));
    }
    if (!m_mockPath.isEmpty() && m_bridge.mockFault(m_mockPath.section(u'/', 1)).any()) {
        parts << QStringLiteral("fault on");
    }
    m_kind->setText(parts.join(QStringLiteral(" \u00B7 ")));
}

void Inspector::updateTabs()
{
    m_tabs->setTabVisible(m_tabs->indexOf(m_faults), !m_mockPath.isEmpty());
    m_faults->setMock(m_mockPath.section(u'/', 1));
    m_live->setElement(m_path, m_mockPath);
    m_yaml->setElement(m_path);
}

void Inspector::commitName()
{
    const QString wish = m_name->text().trimmed();
    const QString name = fields::textOf(m_document, m_path + QStringLiteral("/name"));
    if (wish == name || m_path.isEmpty()) {
        return;
    }
    static const ParamSpec kName{.key = "name", .kind = ParamKind::Name, .title = "Name"};
    const QString list = m_path.section(u'/', 0, -2);
    const auto wrong = checkScalar(kName, wish.toStdString());
    const bool taken = !wrong && m_document.freeName(list, wish) != wish;
    if (wrong || taken) {
        m_kind->setText(taken ? QStringLiteral("%1 is taken").arg(wish) : QString::fromStdString(*wrong));
        m_name->setText(name);
        return;
    }
    const QString renamedPath = QString::fromStdString(site::childPath(list.toStdString(), wish.toStdString()));
    m_path = renamedPath;  // before the document tells: the old path is gone by then
    m_config = nullptr;
    m_document.rename(QString::fromStdString(site::childPath(list.toStdString(), name.toStdString())), wish);
    show(renamedPath);
    Q_EMIT navigated(renamedPath);
}

void Inspector::watch(const std::vector<stats::DecisionTrace>& traces)
{
    bool any = false;
    for (const auto& trace : traces) {
        if (trace.outcome != stats::Outcome::Ok) {
            m_trouble.push_back(trace);
            any = true;
        }
    }
    while (m_trouble.size() > kMostTrouble) {
        m_trouble.pop_front();
    }
    // Once a second at most: a text that changes ten times a second cannot be read.
    if (any && isVisible() && !m_whyDue) {
        m_whyDue = true;
        QTimer::singleShot(1000, this, [this] {
            m_whyDue = false;
            updateWhy();
        });
    }
}

void Inspector::updateWhy()
{
    if (m_pinnedTrace) {
        return;
    }
    const QString counted = m_path;
    const auto last = std::find_if(m_trouble.rbegin(), m_trouble.rend(), [&](const auto& trace) { return m_path.isEmpty() || concerns(trace, counted); });
    if (last != m_trouble.rend()) {
        m_why->show(*last, m_path.isEmpty() ? QStringLiteral("the last that went wrong") : QStringLiteral("the last that went wrong here"));
    } else if (m_bridge.isRunning()) {
        m_why->showNothing(QStringLiteral("Nothing went wrong here so far. Select a request to see what decided where it went."));
    } else {
        m_why->showNothing({});
    }
}

}  // namespace signalbox::ui
