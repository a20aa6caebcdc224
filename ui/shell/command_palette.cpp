#include "ui/shell/command_palette.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/shell/fuzzy.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr int kHintRole = Qt::UserRole + 1;
constexpr int kMostShown = 60;
constexpr int kMostRecent = 8;

/// Text at the left, kind or key at the right in muted letters.
class EntryDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        painter->save();
        painter->setFont(Theme::instance().font(Theme::TextRole::Small));
        painter->setPen(tokens().muted);
        painter->drawText(option.rect.adjusted(0, 0, -12, 0), Qt::AlignRight | Qt::AlignVCenter,
                          index.data(kHintRole).toString());
        painter->restore();
    }

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        return {QStyledItemDelegate::sizeHint(option, index).width(), Theme::instance().px(32)};
    }
};

}  // namespace

CommandPalette::CommandPalette(QWidget* window) : QFrame(window, Qt::Popup)
{
    setObjectName(QStringLiteral("commandPalette"));
    setAccessibleName(QStringLiteral("Command palette"));
    setAttribute(Qt::WA_TranslucentBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 10, 10, 10);
    layout->setSpacing(6);
    m_search = new QLineEdit(this);
    describe(m_search, QStringLiteral("paletteSearch"), QStringLiteral("Search"),
             QStringLiteral("Type a few letters of a command, node, template or file"));
    m_search->setPlaceholderText(QStringLiteral("Command, node, template or file"));
    m_list = new QListWidget(this);
    describe(m_list, QStringLiteral("paletteList"), QStringLiteral("Found"));
    m_list->setToolTip({});
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setItemDelegate(new EntryDelegate(m_list));
    m_list->setIconSize({16, 16});
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setUniformItemSizes(true);
    layout->addWidget(m_search);
    layout->addWidget(m_list);
    m_search->installEventFilter(this);
    connect(m_search, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(m_search, &QLineEdit::returnPressed, this, &CommandPalette::runCurrent);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
}

void CommandPalette::popUp(QWidget* anchor, std::vector<Entry> entries)
{
    m_entries = std::move(entries);
    m_search->clear();
    fill();
    const int w = std::min(560, parentWidget()->width() - 40);
    resize(w, std::min(420, parentWidget()->height() - 80));
    const QPoint below = anchor->mapToGlobal(QPoint(anchor->width() / 2 - w / 2, -4));
    const QPoint left = parentWidget()->mapToGlobal(QPoint(20, 0));
    move(std::clamp(below.x(), left.x(), left.x() + std::max(0, parentWidget()->width() - 40 - w)), below.y());
    QPalette p = m_list->palette();
    p.setColor(QPalette::Base, tokens().raised);
    m_list->setPalette(p);
    show();
    m_search->setFocus();
}

void CommandPalette::fill()
{
    struct Hit {
        int score;
        std::size_t index;
    };
    std::vector<Hit> hits;
    const QString pattern = m_search->text().trimmed();
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const auto recent = m_recent.indexOf(m_entries[i].id);
        if (pattern.isEmpty()) {
            hits.push_back({recent >= 0 ? static_cast<int>(1000 - recent) : 0, i});
        } else if (const auto score = fuzzyScore(pattern, m_entries[i].text)) {
            hits.push_back({*score + (recent >= 0 ? 150 : 0), i});
        }
    }
    std::ranges::stable_sort(hits, std::greater(), &Hit::score);
    m_list->clear();
    for (const Hit& hit : hits) {
        if (m_list->count() == kMostShown) {
            break;
        }
        const Entry& entry = m_entries[hit.index];
        auto* item = new QListWidgetItem(
            icon(entry.icon.isEmpty() ? QStringLiteral("chevron-right") : entry.icon, IconRole::Muted), entry.text,
            m_list);
        item->setData(Qt::UserRole, static_cast<int>(hit.index));
        item->setData(kHintRole, entry.hint);
    }
    if (m_list->count() == 0) {
        auto* none = new QListWidgetItem(QStringLiteral("Nothing matches “%1”").arg(pattern), m_list);
        none->setFlags(Qt::NoItemFlags);
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::runCurrent()
{
    const auto* item = m_list->currentItem();
    if (item == nullptr || !item->data(Qt::UserRole).isValid()) {
        return;
    }
    const Entry entry = m_entries[static_cast<std::size_t>(item->data(Qt::UserRole).toInt())];
    m_recent.removeAll(entry.id);
    m_recent.prepend(entry.id);
    m_recent = m_recent.mid(0, kMostRecent);
    hide();
    entry.run();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const int step = key->key() == Qt::Key_Down       ? 1
                         : key->key() == Qt::Key_Up       ? -1
                         : key->key() == Qt::Key_PageDown ? 8
                         : key->key() == Qt::Key_PageUp   ? -8
                                                          : 0;
        if (step != 0) {
            m_list->setCurrentRow(std::clamp(m_list->currentRow() + step, 0, std::max(0, m_list->count() - 1)));
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void CommandPalette::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(tokens().border, 1));
    painter.setBrush(tokens().raised);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12);
}

}  // namespace signalbox::ui
